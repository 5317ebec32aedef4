"""Headers of CSV files in German, French, Spanish, Italian, Portuguese, Czech and Turkish.

As Outlook writes them in these languages, and as people call their columns by hand. The keys are
the fields and labels of ``csv.columns``; Ukrainian, Polish and Russian stand there.
"""

from typing import Final

FIELD_HEADERS: Final[dict[str, str]] = {
    "first_name": "Vorname|Prénom|Nombre|Nombre de pila|Nome|Nome próprio|Primeiro nome"
    "|Jméno|Křestní jméno|Ad|Adı|İsim",
    "last_name": "Nachname|Familienname|Zuname|Nom|Nom de famille|Apellido|Apellidos|Cognome"
    "|Sobrenome|Apelido|Último nome|Příjmení|Soyad|Soyadı|Soyisim",
    "full_name": "Vollständiger Name|Anzeigename|Nom complet|Nom et prénom|Nombre completo"
    "|Nombre y apellidos|Nome completo|Nome e cognome|Jméno a příjmení|Celé jméno|Ad Soyad"
    "|Adı Soyadı|Tam Ad|Nom affiché|Nombre para mostrar|Zobrazované jméno|Nome visualizzato",
    "birthday": "Geburtstag|Geburtsdatum|Anniversaire|Date de naissance|Naissance|Cumpleaños"
    "|Fecha de nacimiento|Compleanno|Data di nascita|Aniversário|Data de nascimento|Nascimento"
    "|Narozeniny|Datum narození|Doğum Günü|Doğum Tarihi",
    "anniversary": "Jahrestag|Hochzeitstag|Anniversaire de mariage|Anniversaire de mariage ou fête"
    "|Aniversario|Aniversario de boda|Anniversario|Aniversário de casamento|Výročí|Yıldönümü"
    "|Evlilik Yıldönümü",
    "notes": "Notizen|Notiz|Anmerkungen|Bemerkungen|Remarques|Commentaires|Notas|Comentarios"
    "|Observaciones|Note|Annotazioni|Observações|Comentários|Poznámka|Poznámky|Notlar|Not|Açıklama",
    "tags": "Kategorien|Kategorie|Gruppen|Gruppe|Étiquettes|Catégories|Catégorie|Groupes|Groupe"
    "|Categorías|Categoría|Etiquetas|Grupos|Grupo|Categorie|Categoria|Etichette|Gruppi|Gruppo"
    "|Categorias|Štítky|Skupiny|Skupina|Kategoriler|Etiketler|Gruplar|Grup",
    "middle_name": "Zweiter Vorname|Weitere Vornamen|Deuxième prénom|Segundo nombre"
    "|Secondo nome|Segundo nome|Nome do meio|Prostřední jméno|İkinci Ad|Göbek Adı",
    "name_prefix": "Anrede|Civilité|Titre|Tratamiento|Título|Titolo|Tratamento|Titul|Unvan",
    "name_suffix": "Namenszusatz|Suffixe|Sufijo|Suffisso|Sufixo|Titul za jménem|Sonek",
    "nickname": "Spitzname|Surnom|Apodo|Soprannome|Apelido carinhoso|Alcunha|Přezdívka|Takma Ad",
    "organization": "Firma|Unternehmen|Organisation|Société|Entreprise|Empresa|Compañía"
    "|Organización|Società|Azienda|Ditta|Organizzazione|Organização|Companhia|Společnost|Organizace|Şirket"
    "|Kurum|Kuruluş",
    "job_title": "Position|Berufsbezeichnung|Beruf|Funktion|Fonction|Poste|Profession|Puesto|Cargo"
    "|Posizione|Qualifica|Professione|Pozice|Funkce|Povolání|İş Unvanı|Görev|Meslek",
    "department": "Abteilung|Service|Département|Departamento|Reparto|Ufficio|Oddělení|Departman"
    "|Bölüm",
    "maiden_name": "Geburtsname|Nom de jeune fille|Apellido de soltera|Cognome da nubile"
    "|Nome de solteira|Rodné příjmení|Kızlık Soyadı",
}
PHONE_HEADERS: Final[dict[str | None, str]] = {
    None: "Telefonnummer|Rufnummer|Telefon 2|Téléphone|Numéro de téléphone|Tél|Teléfono"
    "|Número de teléfono|Telefono|Numero di telefono|Telefone|Número de telefone|Telefonní číslo"
    "|Telefon numarası|Tel",
    "mobile": "Mobiltelefon|Mobil|Mobilnummer|Handy|Handynummer|Telefon (mobil)|Mobiltelefon 2"
    "|Tél. mobile|Téléphone mobile|Téléphone portable|Portable|Móvil|Teléfono móvil|Celular"
    "|Cellulare|Telefono cellulare|Telemóvel|Telefone celular|Mobilní telefon|Cep Telefonu|Cep"
    "|GSM|Mobil Telefon",
    "home": "Telefon privat|Telefon (privat)|Telefon privat 2|Privattelefon|Téléphone (domicile)"
    "|Téléphone domicile|Téléphone 2 (domicile)|Teléfono particular|Teléfono de casa"
    "|Teléfono (casa)|Abitazione|Telefono abitazione|Abitazione (tel.)|Telefono casa"
    "|Telefone residencial|Telefone de casa|Telefone (casa)|Telefon domů|Domácí telefon"
    "|Telefon (domů)|Ev Telefonu|Telefon (Ev)",
    "work": "Telefon geschäftlich|Telefon (geschäftlich)|Telefon geschäftlich 2|Diensttelefon"
    "|Téléphone (bureau)|Téléphone bureau|Téléphone professionnel|Téléphone 2 (bureau)"
    "|Teléfono del trabajo|Teléfono (trabajo)|Teléfono trabajo|Ufficio (tel.)|Telefono ufficio"
    "|Telefono lavoro|Telefone comercial|Telefone do trabalho|Telefone (trabalho)"
    "|Telefon do zaměstnání|Telefon do práce|Pracovní telefon|Telefon (práce)|İş Telefonu"
    "|Telefon (İş)",
    "home fax": "Fax privat|Télécopie (domicile)|Fax particular|Fax abitazione|Fax residencial"
    "|Fax domů|Ev Faksı",
    "work fax": "Fax geschäftlich|Télécopie (bureau)|Fax del trabajo|Fax ufficio|Fax comercial"
    "|Fax do zaměstnání|İş Faksı",
    "fax": "Faxnummer|Weiteres Fax|Télécopie|Télécopie (autre)|Faks",
    "main": "Haupttelefon|Téléphone principal|Teléfono principal|Telefono principale"
    "|Telefone principal|Hlavní telefon|Ana Telefon|Telefon Firma|Téléphone société",
    "car": "Autotelefon|Téléphone (voiture)|Teléfono del automóvil|Telefono auto|Telefon do auta",
    "other": "Weiteres Telefon|Téléphone (autre)|Otro teléfono|Altro telefono|Outro telefone"
    "|Jiný telefon|Diğer Telefon",
}
EMAIL_HEADERS: Final[dict[str | None, str]] = {
    None: "E-Mail-Adresse|E-Mail 2: Adresse|E-Mail 3: Adresse|Adresse de messagerie"
    "|Adresse de messagerie 2|Adresse de messagerie 3|Adresse e-mail|Adresse électronique|Courriel"
    "|Mél|Correo electrónico|Dirección de correo electrónico|Dirección de correo electrónico 2"
    "|Correo|Indirizzo posta elettronica|Posta elettronica|Indirizzo e-mail|Endereço de email"
    "|Endereço de e-mail|Correio eletrônico|Correio eletrónico|E-mailová adresa|E-pošta|E-posta"
    "|E-posta Adresi|Eposta 2 Adresi|Mail",
    "home": "E-Mail privat|E-Mail (privat)|E-mail personnel|Correo personal|E-mail personale"
    "|E-mail pessoal|Soukromý e-mail|Kişisel E-posta",
    "work": "E-Mail geschäftlich|E-Mail (geschäftlich)|E-mail professionnel|Correo del trabajo"
    "|E-mail lavoro|E-mail comercial|E-mail de trabalho|Pracovní e-mail|İş E-postası",
}
WEBSITE_HEADERS: Final[dict[str | None, str]] = {
    None: "Webseite|Website|Internetseite|Page Web|Site Web|Página Web|Sitio web|Pagina Web"
    "|Sito Web|Site|Webová stránka|Web|Web Sayfası|İnternet sitesi",
}
ADDRESS_HEADERS: Final[dict[str, dict[str | None, str]]] = {
    "street": {
        None: "Straße|Strasse|Adresse|Rue|Calle|Dirección|Via|Indirizzo|Rua|Endereço|Morada|Ulice"
        "|Adresa|Sokak|Cadde|Adres",
        "home": "Straße privat|Rue (domicile)|Calle particular|Calle (casa)|Via (abitazione)"
        "|Rua (casa)|Rua residencial|Ulice (domů)|Ev Adresi|Ev Sokak",
        "work": "Straße geschäftlich|Rue (bureau)|Calle del trabajo|Calle (trabajo)|Via (uff.)"
        "|Rua (trabalho)|Rua comercial|Ulice (práce)|İş Adresi|İş Sokak",
    },
    "city": {
        None: "Ort|Stadt|Wohnort|Ville|Ciudad|Población|Città|Cidade|Localidade|Město|Obec|Şehir"
        "|İl",
        "home": "Ort privat|Ville (domicile)|Ciudad particular|Ciudad (casa)|Città (abitazione)"
        "|Cidade (casa)|Cidade residencial|Město (domů)|Ev Şehir",
        "work": "Ort geschäftlich|Ville (bureau)|Ciudad del trabajo|Ciudad (trabajo)|Città (uff.)"
        "|Cidade (trabalho)|Cidade comercial|Město (práce)|İş Şehir",
    },
    "region": {
        None: "Bundesland|Kanton|Département/Région|Provincia|Estado|Kraj|İlçe",
        "home": "Bundesland/Kanton privat|Région privat|Dép/Région (domicile)"
        "|Estado o provincia particular|Provincia (abitazione)|Estado (casa)|Kraj (domů)",
        "work": "Region geschäftlich|Bundesland/Kanton geschäftlich|Dép/Région (bureau)"
        "|Estado o provincia del trabajo|Provincia (uff.)|Estado (trabalho)|Kraj (práce)",
    },
    "postal_code": {
        None: "PLZ|Postleitzahl|Code postal|Código postal|C.P.|CAP|CEP|PSČ|Posta Kodu",
        "home": "Postleitzahl privat|PLZ privat|Code postal (domicile)|Código postal particular"
        "|Código postal (casa)|CAP (abitazione)|CEP residencial|PSČ (domů)|Ev Posta Kodu",
        "work": "Postleitzahl geschäftlich|PLZ geschäftlich|Code postal (bureau)"
        "|Código postal del trabajo|Código postal (trabajo)|CAP (uff.)|CEP comercial|PSČ (práce)"
        "|İş Posta Kodu",
    },
    "country": {
        None: "Land|Land/Region|Pays|Pays/Région|País|País o región|Paese|Nazione|Země|Stát|Ülke",
        "home": "Land privat|Land/Region privat|Pays/Région (domicile)|País o región particular"
        "|País (casa)|Paese (abitazione)|Země (domů)|Ev Ülke",
        "work": "Land geschäftlich|Land/Region geschäftlich|Pays/Région (bureau)"
        "|País o región del trabajo|País (trabajo)|Paese (uff.)|Země (práce)|İş Ülke",
    },
}
# Words, without punctuation, for the last name where there is a first name, or for the whole one
# where there is none.
LAST_OR_FULL: Final = frozenset({"name", "nom", "nachname"})
# Words for the first name where there is a last name, or for the whole one where there is none.
FIRST_OR_FULL: Final = frozenset(
    {"nombre", "nome", "jméno", "ad", "adı", "isim", "імя", "имя", "imię"}
)
