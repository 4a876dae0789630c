"""What the document of the control API says of the fields of data, in records and in bodies.

A field that recurs is described once, by its name. Where it means something else in one schema, or
in those whose names end alike, the name of the schema stands before it.
"""

from collections.abc import Mapping

from talentlms_mock.api.json_schema import Note

MOMENT = "2025-05-07T09:30:00+00:00"
_LATER = "2025-06-02T09:00:00+00:00"
_LOCALE = "The language and country, like en-US."
_ID_OR_NAME = "The id or the name of"

RECORD_NOTES: Mapping[str, Note] = {
    # What many records have
    "id": Note("The id, a number from 1 that is not given twice.", 1),
    "Task.id": Note("The id of the task, 8 letters and digits.", "2x3LBp89"),
    "BadgeSet.id": Note("The id of the badge set.", 1),
    "Theme.id": Note("The id of the theme.", "defaultBlue"),
    "name": Note("The name.", "Safety"),
    "User.name": Note("The first name.", "Ada"),
    "UserInput.name": Note("The first name; made up where it is left out.", "Ada"),
    "UserField.name": Note("What people call the field.", "Department"),
    "CourseField.name": Note("What people call the field.", "Audience"),
    "UserFieldInput.name": Note("What people call the field.", "Department"),
    "CourseFieldInput.name": Note("What people call the field.", "Audience"),
    "Certificate.name": Note("The name of the certificate.", "First Aid"),
    "UserType.name": Note("The name of the user type.", "Learner-Type"),
    "Archived.name": Note("The full name of a user, or the name of a course.", "Ada Lovelace"),
    "BadgeSet.name": Note("The name of the badge set.", "Old school"),
    "Theme.name": Note("The name of a theme of the portal's own; null of a built-in one.", "Fjord"),
    "description": Note("A description; null where there is none.", "What everybody needs."),
    "status": Note("Whether it is in use: active or inactive.", "active"),
    "Task.status": Note("One of pending, running, completed and failed.", "completed"),
    "TaskState.status": Note("The new status of the task.", "running"),
    "type": Note("The type.", "text"),
    "UnitInput.type": Note(
        "One of content, video, test, survey, assignment, scorm and ilt.", "test"
    ),
    "CourseUnit.type": Note(
        "One of content, video, test, survey, assignment, scorm and ilt.", "test"
    ),
    "UserField.type": Note("The type of the values: text, dropdown, checkbox or date.", "dropdown"),
    "CourseField.type": Note("The type of the values.", "text"),
    "UserFieldInput.type": Note("The type of the values; text where left out.", "dropdown"),
    "CourseFieldInput.type": Note("The type of the values; text where left out.", "dropdown"),
    "QuestionInput.type": Note(
        "How it is answered: multiple_choice or freetext.", "multiple_choice"
    ),
    "UnitQuestion.type": Note(
        "How it is answered: multiple_choice or freetext.", "multiple_choice"
    ),
    "SessionInput.type": Note("Where it takes place: classroom or webinar.", "classroom"),
    "UnitSession.type": Note("Where it takes place: classroom or webinar.", "classroom"),
    "Badge.type": Note("The kind of badge.", "learning"),
    "BadgeInput.type": Note("The kind of badge.", "learning"),
    "Task.type": Note("The operation that started the task.", "upsert_users"),
    "position": Note("The place among its like, from 1.", 1),
    "price": Note("The price in the portal's currency; null is free of charge.", 30),
    "discounted_price": Note("The price with a discount; null where there is none.", 24),
    "created_at": Note("When it was made, in ISO 8601.", MOMENT),
    "starts_at": Note("When it begins, in ISO 8601; null is at once.", _LATER),
    "SessionInput.starts_at": Note("When the session begins, in ISO 8601.", _LATER),
    "UnitSession.starts_at": Note("When the session begins, in ISO 8601.", _LATER),
    "ends_at": Note("When the session ends, in ISO 8601.", "2025-06-02T10:00:00+00:00"),
    "expires_at": Note("When it is over, in ISO 8601; null is never.", _LATER),
    "expires_on": Note("When it expires, in ISO 8601; null is never.", _LATER),
    "completed_at": Note("When the task ended, in ISO 8601; null until then.", MOMENT),
    "completed_on": Note("When it was completed, in ISO 8601; null until then.", MOMENT),
    "enrolled_on": Note("When the user was enrolled, in ISO 8601.", MOMENT),
    "custom_fields": Note(
        "The values of custom fields, by the names of the fields; null where one has none.",
        {"Department": "People"},
    ),
    "UserInput.custom_fields": Note(
        "Values of custom fields, by the key or the name of the field.", {"Department": "People"}
    ),
    "CourseInput.custom_fields": Note(
        "Values of custom fields, by the name of the field.", {"Audience": "Everyone"}
    ),
    # Users
    "login": Note("What the user signs in with; unique in any case.", "ada"),
    "UserInput.login": Note("What the user signs in with; null is one that is made up.", "ada"),
    "surname": Note("The last name.", "Lovelace"),
    "email": Note("The email address; unique in any case.", "ada@example.com"),
    "password": Note(
        "The password: 8 or more characters, a capital, a small letter, a digit.", "Passw0rd"
    ),
    "User.description": Note("What the user says of itself; null where there is nothing.", "Hi."),
    "UserInput.description": Note("What the user says of itself; null is nothing.", "Hello."),
    "timezone": Note("The name of the time zone, like Europe/London.", "Europe/London"),
    "locale": Note(_LOCALE, "en-GB"),
    "user_type": Note("The name of the user type.", "Learner-Type"),
    "UserInput.user_type": Note(f"{_ID_OR_NAME} the user type.", "Learner-Type"),
    "credits": Note("What the user can spend on courses; null is unset.", 20),
    "email_notifications": Note("Whether the portal sends the user emails.", True),
    "deactivation_date": Note("When the user becomes inactive; null is never.", _LATER),
    "UserInput.deactivation_date": Note(
        "The day on which the user becomes inactive, as YYYY-MM-DD; null is never.", "2025-12-31"
    ),
    "UserChanges.deactivation_date": Note(
        "The day on which the user becomes inactive, as YYYY-MM-DD; null is never.", "2025-12-31"
    ),
    "registration": Note("When the user was added, in ISO 8601.", MOMENT),
    "last_login": Note("When the user signed in last, in ISO 8601; null where never.", MOMENT),
    "last_updated": Note(
        "When the user was changed last, in ISO 8601. The quirk last_updated_moves says what "
        "counts; null where never.",
        MOMENT,
    ),
    "integration_user_id": Note(
        "The user's id in the system that it comes from; null where it comes from none.", "NW-1"
    ),
    "points": Note("The points that the user has earned.", 120),
    "User.level": Note("The level in gamification, from 1.", 2),
    "is_online": Note("Whether the user is signed in now.", False),
    "courses": Note("Courses, each by its id, its code or its name.", ["Safety"]),
    "groups": Note("Groups that the user joins, each by its id or name.", ["Class of 2025"]),
    "branches": Note("Branches that the user joins, each by its id or name.", ["Oslo"]),
    "UserFieldInput.branches": Note(
        "The branches that have the field, each by its id or name; null is all of them.", ["Oslo"]
    ),
    "CourseFieldInput.branches": Note(
        "The branches that have the field, each by its id or name; null is all of them.", ["Oslo"]
    ),
    "users": Note("Users, each by its id or login.", ["ada"]),
    "is_default": Note("Whether new users have this type.", True),
    # Custom fields
    "key": Note("By which the API takes a value of the field.", "custom_field_1"),
    "mandatory": Note("Whether a form demands a value.", False),
    "visible_on_reports": Note("Whether reports show the field.", True),
    "visible_to_learners": Note("Whether learners see the field.", True),
    "dropdown_values": Note("The values of a drop-down; empty of other types.", ["People", "IT"]),
    "values": Note("The values of a drop-down.", ["People", "IT"]),
    "default_value": Note("The value of a drop-down in an empty form; null is none.", "People"),
    "default": Note("The value of a drop-down in an empty form; null is none.", "People"),
    "checkbox_status": Note("What a checkbox is in an empty form: off or on.", "off"),
    "selective_availability": Note("Whether some have the field, and others do not.", False),
    "main_domain_availability": Note("Whether those in no branch have the field.", True),
    # Courses, categories and learning paths
    "code": Note("The code, unique in any case; null where there is none.", "SAF-1"),
    "Coupon.code": Note("The code that a purchase names, in any case.", "PARTNER50"),
    "CouponInput.code": Note("The code that a purchase names, in any case.", "PARTNER50"),
    "percentage": Note("The discount, in percent.", 50),
    "category_id": Note("The id of its category; null is none.", 1),
    "category": Note(f"{_ID_OR_NAME} its category; null is none.", "Compliance"),
    "parent_id": Note("The id of the category that it is in; null at the top.", 1),
    "parent": Note(f"{_ID_OR_NAME} the category that it is in; null is the top.", "Compliance"),
    "Course.status": Note("Whether it is open: inactive is closed to learners.", "active"),
    "CourseInput.status": Note("Whether it is open: inactive is closed to learners.", "active"),
    "capacity": Note("The largest number of users; null is any number.", 12),
    "level": Note("The level of difficulty, from 0; null where unset.", 2),
    "time_limit": Note("Days that a user has from the enrollment on; null is no limit.", 30),
    "creation_date": Note("When the course was created, in ISO 8601.", MOMENT),
    "last_updated_on": Note("When the course was changed last, in ISO 8601.", MOMENT),
    "is_hidden_from_catalog": Note("Whether the catalog leaves it out.", False),
    "is_locked": Note("Whether it is shown, but cannot be entered.", False),
    "public_key": Note(
        "The key of its public address; null where it has none.", "Xq3vR8tYw2Kp5nLm7sDz"
    ),
    "intro_video": Note(
        "The address of a video that introduces it; null where there is none.",
        "https://www.youtube.com/watch?v=abcdefghijk",
    ),
    "cover_image": Note(
        "The address of a picture of it; null is the portal's own.",
        "https://static.example.com/courses/safety.png",
    ),
    "retain_access_after_completion": Note(
        "Whether it stays open to those who have completed it.", True
    ),
    "traversal": Note("The order of its units: any or sequential.", "sequential"),
    "prerequisites": Note(
        "The courses to complete before it, each by its id, code or name.", ["Welcome aboard"]
    ),
    "unit_percentage": Note(
        "The share of its units that completes it, in percent; null is all of them.", 80
    ),
    "fails_with_test": Note("Whether a failed test fails the course.", False),
    "certification": Note("The name of the certificate that it issues; null is none.", "First Aid"),
    "certificate_days": Note("Days until its certificates expire; null is never.", 365),
    "rating_average": Note("The average of its ratings, from 0 to 5; null before the first.", 4.5),
    "rating_count": Note("The number of its ratings.", 12),
    "units": Note("Its units in their order; a name alone is a unit of content.", ["Read this"]),
    "CourseInput.users": Note("The users to enroll, each by its id or login.", ["ada"]),
    "LearningPathInput.courses": Note(
        "The courses in the order in which they are taken, each by its id, code or name.",
        ["Safety"],
    ),
    # Units
    "course_id": Note("The id of the course.", 1),
    "pass_score": Note("The score that passes a test, in percent; null is the default.", 70),
    "questions": Note(
        "Of a test or a survey; a text alone has the answers Yes and No.", ["Is it?"]
    ),
    "sessions": Note(
        "Of an instructor-led unit.", [{"name": "Monday", "starts_at": "2025-06-02T09:00:00Z"}]
    ),
    "max_attempts": Note("How often a test may be taken; null is any number.", 3),
    "is_required": Note("Whether the course is completed only with it.", True),
    "counts_for_score": Note("Whether its score counts for that of the course.", True),
    "unit_id": Note("The id of the unit.", 3),
    "OpenedUnit.unit_id": Note("The id of the unit; null where the course has none to open.", 3),
    "text": Note("The text of the question.", "2 + 2?"),
    "answers": Note("The choices; for a free text, samples.", ["3", "4"]),
    "QuestionInput.correct": Note("The correct answers, one or several; none in a survey.", "4"),
    "correct_answers": Note("The correct answers; none in a survey.", ["4"]),
    "weight": Note("The weight in the score of the test, from 1.", 1),
    "feedback": Note("What the learner reads after the answer.", "Well done."),
    "minutes": Note("The length of the session, in minutes.", 60),
    "instructor": Note("The id or the login of the instructor; null is nobody.", "ada"),
    "instructor_id": Note("The id of the instructor; null where there is none.", 1),
    "owner": Note("The id or the login of the user who made it; null is nobody.", "ada"),
    "owner_id": Note("The id of the user who made it; null where nobody did.", 1),
    "multiname": Note("What sessions that belong together are called; null is nothing.", "Week 23"),
    "linked_to": Note("The name of the session that it belongs to; null is none.", "Monday"),
    "linked_to_id": Note("The id of the session that it belongs to; null is none.", 1),
    "location": Note("Where it takes place; null where unset.", "Room 4"),
    "UnitSession.capacity": Note("How many users may book it; null is any number.", 12),
    "SessionInput.capacity": Note("How many users may book it; null is any number.", 12),
    # Enrollments, progress and certificates
    "user": Note("The id or the login of the user.", "ada"),
    "user_id": Note("The id of the user.", 2),
    "course": Note("The id, the code or the name of the course.", "Safety"),
    "role": Note("As what the user is in it: learner or instructor.", "learner"),
    "completion_status": Note(
        "One of not_attempted, incomplete, completed and failed.", "incomplete"
    ),
    "completion_percentage": Note("The share of the units that are completed, in percent.", 50),
    "score": Note("The score, in percent from 0 to 100; null before the first.", 80),
    "total_time": Note("The time spent in it, in seconds.", 900),
    "last_accessed_unit_id": Note("The id of the unit opened last; null before the first.", 3),
    "last_accessed_unit": Note("The id or the name of the unit opened last.", "Quiz"),
    "learning_path": Note(f"{_ID_OR_NAME} the learning path.", "Onboarding"),
    "unit": Note(f"{_ID_OR_NAME} the unit.", "Quiz"),
    "group": Note(f"{_ID_OR_NAME} the group.", "Class of 2025"),
    "enrollment_id": Note("The id of the enrollment.", 1),
    "started_on": Note("When the unit was opened first, in ISO 8601; null where never.", MOMENT),
    "accessed_on": Note("When the unit was opened last, in ISO 8601; null where never.", MOMENT),
    "repetitions": Note("How often the unit was taken again.", 0),
    "submitted_on": Note("When an assignment was submitted; null until then.", MOMENT),
    "submission_text": Note("What was submitted to an assignment; null until then.", "My plan."),
    "graded_on": Note("When an instructor graded it, in ISO 8601; null until then.", MOMENT),
    "instructor_message": Note("What the instructor says; null where there is nothing.", "Well."),
    "issued_on": Note("When it was issued, in ISO 8601.", MOMENT),
    "is_expired": Note("Whether it has expired.", False),
    "learning_path_id": Note("The id of the learning path.", 1),
    # Groups and branches
    "Group.key": Note("The key with which users join; null where there is none.", "NIGHT"),
    "GroupInput.key": Note("The key with which users join; null is none.", "NIGHT"),
    "GroupKey.key": Note("The key of the group.", "NIGHT"),
    "max_key_redemptions": Note("How many users may join by the key; null or 0 is any.", 20),
    "key_redemptions": Note("How many users have joined by the key.", 3),
    "branch": Note(f"{_ID_OR_NAME} the branch that it belongs to; null is none.", "Oslo"),
    "branch_id": Note("The id of the branch; null where there is none.", 1),
    "active": Note("Whether it is switched on.", True),
    "title": Note("The title of its pages; null where unset.", "Northwind Academy"),
    "default_locale": Note("The language and country of those who sign up.", "en-GB"),
    "default_timezone": Note("The time zone of those who sign up.", "Europe/London"),
    "default_user_type": Note(
        f"{_ID_OR_NAME} the user type of those who sign up; null is the default.", "Learner-Type"
    ),
    "default_user_type_id": Note(
        "The id of the user type of those who sign up; null is the default.", 4
    ),
    "default_group": Note(
        f"{_ID_OR_NAME} the group that those who sign up join; null is none.", "Class of 2025"
    ),
    "default_group_id": Note("The id of the group of those who sign up; null is none.", 1),
    "theme": Note("What its pages look like, as the API writes it.", {"id": "defaultBlue"}),
    "Theme.active": Note("Whether the theme is used.", True),
    "Theme.default": Note("Whether it is the portal's default.", True),
    "primary_color": Note("The main color; null of a built-in theme.", "#1b4965"),
    "logo": Note("The address of its logo; null is the portal's.", "https://example.com/logo.png"),
    "favicon": Note("The address of its icon; null is the portal's.", "https://example.com/i.png"),
    "announcement_internal": Note("What users see who are signed in; null is nothing.", "Welcome."),
    "announcement_external": Note("What visitors see; null is nothing.", "Please sign in."),
    "signup": Note("How users sign up.", "manual"),
    "user_verification": Note("How those who sign up are verified; null is not.", "email"),
    "restrict_user_registration_domains": Note(
        "The email domains of those who may sign up; null is any.", "example.com"
    ),
    "restrict_total_registered_users": Note("How many may sign up; null is any number.", 50),
    "disallow_access_to_main_domain": Note("Whether its users have no access elsewhere.", False),
    "terms_of_service": Note("What users agree to; null is nothing.", "Be kind."),
    "badge_set": Note("The badges that its users can earn.", {"id": 1, "name": "Old school"}),
    "ecommerce": Note("How it sells its courses, as the API writes it.", {"currency": "USD"}),
    "processor": Note("What takes the payments; null where nothing does.", "paypal"),
    "currency": Note("The code of the currency.", "USD"),
    "paypal_email_address": Note("Its account with PayPal; null is none.", "pay@example.com"),
    "subscription": Note("What access to all courses costs.", {"enabled": True, "fee": 19}),
    "are_credits_enabled": Note("Whether users pay with credits.", False),
    "enabled": Note("Whether it can be bought.", True),
    "fee": Note("The price for each interval; null where unset.", 19),
    "interval": Note("How often the fee is due.", "monthly"),
    "is_first_month_free": Note("Whether the first month costs nothing.", False),
    "active_subscriptions": Note("How many users subscribe; null where unset.", 3),
    # Badges, the timeline, tasks and the archive
    "image_url": Note("The address of its picture.", "https://static.example.com/badge.png"),
    "criteria": Note("What earns it, in words.", "Complete 4 courses"),
    "badge_set_id": Note("The id of the set that it is in.", 1),
    "completions": Note("The number of completed courses that earns it.", 4),
    "event_type": Note("The type, as the API names it.", "user_login_user"),
    "occurrences": Note("How often it happened; repeated sign-ins are one event.", 1),
    "Event.message": Note("What happened, in a sentence.", "Ada Lovelace signed in"),
    "Event.user_id": Note("The id of the user; null where it is about none.", 2),
    "user_name": Note("The user's first name then; null where it is about none.", "Ada"),
    "user_surname": Note("The user's last name then; null where it is about none.", "Lovelace"),
    "user_login": Note("The user's login then; null where it is about none.", "ada"),
    "Event.course_id": Note("The id of the course; null where it is about none.", 1),
    "course_name": Note("The course's name then; null where it is about none.", "Safety"),
    "course_code": Note("The course's code then; null where it has none.", "SAF-1"),
    "Event.group_id": Note("The id of the group; null where it is about none.", 1),
    "group_name": Note("The group's name then; null where it is about none.", "Class of 2025"),
    "Event.branch_id": Note("The id of the branch; null where it is about none.", 1),
    "branch_name": Note("The branch's name then; null where it is about none.", "Oslo"),
    "Event.unit_id": Note("The id of the unit; null where it is about none.", 3),
    "unit_name": Note("The unit's name then; null where it is about none.", "Quiz"),
    "Event.created_at": Note("When it happened, in ISO 8601.", MOMENT),
    "progress": Note("How much of the task is done, in percent.", 100),
    "total": Note("The number of its items.", 2),
    "processed": Note("The number of items that are done or refused.", 2),
    "failed": Note("The number of items that were refused.", 1),
    "errors": Note(
        "The index and message of each item that was refused.",
        [{"index": 1, "message": "User not found"}],
    ),
    "kind": Note("What it is: user or course.", "user"),
    "archived_at": Note("When it was archived, in ISO 8601.", MOMENT),
}
"""By the name of the field."""
