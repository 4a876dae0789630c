"""What is one word on the pages, in the languages of the portal's users."""
# ruff: noqa: E501  # one language a line

from collections.abc import Callable

from markupsafe import Markup

ENGLISH = (
    "Courses",
    "Certificate",
    "Username",
    "Password",
    "Start",
    "Continue",
    "Completed",
    "Failed",
    "Download",
    "Pay",
    "Cancel",
)
"""The words of the pages that are translated."""

_TRANSLATED = {
    "cs": "Kurzy Certifikát Uživatel Heslo Začít Pokračovat Dokončeno Neúspěšné Stáhnout Zaplatit Zrušit",
    "da": "Kurser Certifikat Brugernavn Adgangskode Start Fortsæt Gennemført Mislykket Download Betal Annuller",
    "de": "Kurse Zertifikat Benutzername Passwort Start Weiter Abgeschlossen Durchgefallen Herunterladen Zahlen Abbrechen",
    "el": "Μαθήματα Πιστοποιητικό Χρήστης Κωδικός Έναρξη Συνέχεια Ολοκληρώθηκε Απέτυχε Λήψη Πληρωμή Ακύρωση",
    "es": "Cursos Certificado Usuario Contraseña Empezar Continuar Completado Suspendido Descargar Pagar Cancelar",
    "fi": "Kurssit Todistus Käyttäjätunnus Salasana Aloita Jatka Suoritettu Hylätty Lataa Maksa Peruuta",
    "fr": "Cours Certificat Identifiant Mot\u00a0de\u00a0passe Commencer Continuer Terminé Échoué Télécharger Payer Annuler",
    "hu": "Kurzusok Tanúsítvány Felhasználónév Jelszó Indítás Folytatás Teljesítve Sikertelen Letöltés Fizetés Mégse",
    "it": "Corsi Certificato Utente Password Inizia Continua Completato Fallito Scarica Paga Annulla",
    "ja": "コース 修了証 ユーザー名 パスワード 開始 続ける 完了 不合格 ダウンロード 支払う キャンセル",
    "ko": "과정 수료증 아이디 비밀번호 시작 계속 완료 불합격 다운로드 결제 취소",
    "nb": "Kurs Sertifikat Brukernavn Passord Start Fortsett Fullført Mislykket Last\u00a0ned Betal Avbryt",
    "nl": "Cursussen Certificaat Gebruikersnaam Wachtwoord Starten Verder Voltooid Gezakt Downloaden Betalen Annuleren",
    "pl": "Kursy Certyfikat Użytkownik Hasło Rozpocznij Kontynuuj Ukończono Niezaliczone Pobierz Zapłać Anuluj",
    "pt": "Cursos Certificado Utilizador Senha Começar Continuar Concluído Reprovado Baixar Pagar Cancelar",
    "ru": "Курсы Сертификат Логин Пароль Начать Продолжить Завершено Провалено Скачать Оплатить Отмена",
    "sv": "Kurser Certifikat Användarnamn Lösenord Starta Fortsätt Slutförd Underkänd Hämta Betala Avbryt",
    "tr": "Kurslar Sertifika Kullanıcı Parola Başla Devam Tamamlandı Başarısız İndir Öde İptal",
    "zh": "课程 证书 用户名 密码 开始 继续 已完成 未通过 下载 付款 取消",
}


def words_in(locale: str) -> Callable[[str], str]:
    """Return what gives a word of the pages, by the English one, in the language of a locale.

    A language that is missing here has the English ones.
    """
    language = locale.partition("-")[0]
    translated = dict(zip(ENGLISH, _TRANSLATED.get(language, "").split(" "), strict=False))

    def word(english: str) -> str:
        text = translated.get(english)
        if not text:
            return english
        return Markup('<span lang="{}">{}</span>').format(locale, text)

    return word
