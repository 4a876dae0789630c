"""What a verification found, for people and programs: on the terminal and as files.

Nothing of a portal's data is in any of them: the judgement already has forms in place of values.
"""
