"""What people call the columns we look for: plain data.

In small letters, without accents or punctuation, and with single spaces. The order is the order
of preference: where a file has several of them, the first one here is meant.
"""

from types import MappingProxyType

# A telephone number only where nothing else is one: elsewhere they number something else.
VAGUE_NUMBERS = frozenset({"number", "to", "nummer", "numero"})


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


NAMES = MappingProxyType(
    {
        "number": _names(
            "number to call,call number,mobile,mobile phone,mobile number,mobile phone number,"
            "mobile no,wireless phone,wireless,wireless number,wireless phone number,"
            "phone mobile,phone cell,cell no,cell tel,mobile cell,cell,cell phone,cellphone,"
            "cell number,cell phone number,patient mobile,patient cell,handy,handynummer,mobil,"
            "mobilnummer,mobiltelefon,mobilfunk,tel mobil,telefon mobil,movil,telefono movil,"
            "numero movil,celular,telefono celular,portable,telephone portable,tel portable,"
            "mobile tel,cellulare,telefono cellulare,telemovel,mobiel,mobiel nummer,komorka,"
            "telefon komorkowy,cep telefonu,gsm,phone,phone number,phone no,phonenumber,phone 1,"
            "primary phone,preferred phone,contact phone,contact number,patient phone,"
            "patient phone number,customer phone,client phone,telephone,telephone number,"
            "telephone no,telefon,telefonnummer,tel,tel nr,tel no,telnr,rufnummer,telefono,"
            "numero de telefono,no de telefono,numero di telefono,numero de telephone,"
            "no de telephone,n de telephone,n tel,telefone,numero de telefone,telefoon,"
            "telefoonnummer,numer telefonu,nr telefonu,telefon numarasi,msisdn,e164,home phone,"
            "home phone number,home number,home,hm phone,phone home,home tel,home telephone,"
            "phone 1 value,day phone,daytime phone,evening phone,phone 2 value,telefon privat,"
            "tel privat,festnetz,telefono fijo,telephone fixe,telephone domicile,telefono fisso,"
            "phone 2,work phone,wk phone,phone work,other phone,alternate phone,alt phone,"
            "secondary phone,telefon geschaftlich,tel geschaftlich,number,to,nummer,numero"
        ),
        "name": _names(
            "full name,name,patient name,patient,customer name,customer,client name,client,"
            "contact name,contact,guest name,guest,member name,display name,vollstandiger name,"
            "patientenname,kunde,kundenname,kontakt,nombre completo,nombre y apellidos,"
            "nombre del paciente,paciente,cliente,nom complet,nom du patient,nom du client,"
            "nome completo,nome e cognome,paziente,naam,volledige naam,imie i nazwisko,ad soyad,"
            "patient full name,pacjent,hasta adi,hasta,musteri,utente"
        ),
        "first_name": _names(
            "first name,firstname,given name,givenname,forename,patient first name,fname,first,"
            "vorname,nombre,nombres,prenom,nome,voornaam,imie,ad"
        ),
        "last_name": _names(
            "last name,lastname,surname,family name,familyname,patient last name,lname,last,"
            "nachname,familienname,zuname,apellido,apellidos,nom,nom de famille,cognome,"
            "sobrenome,achternaam,nazwisko,soyad"
        ),
        "zone": _names(
            "time zone,timezone,tz,iana time zone,zeitzone,zona horaria,huso horario,"
            "fuseau horaire,fuso orario,fuso horario,tijdzone"
        ),
        "region": _names(
            "state,region,state province,state or province,state region,province,home state,"
            "address state,billing state,county state,bundesland,kanton,provinz,estado,provincia,"
            "departamento,comunidad autonoma,regione,provincie,province state,wojewodztwo"
        ),
        "postcode": _names(
            "zip,zip code,postal,zipcode,zip postal code,zip postcode,postal code,postalcode,"
            "postcode,post code,address zip,plz,postleitzahl,codigo postal,cp,code postal,cap,"
            "codice postale,cep,kod pocztowy"
        ),
        "country": _names(
            "country,country code,country region,land,staat,pais,pays,paese,nazione,kraj,ulke"
        ),
        "consent_source": _names(
            "consent source,source of consent,consent,consent given,consent to call,call consent,"
            "phone consent,voice consent,consent type,consent form,opt in,opt in source,optin,"
            "permission to call,einwilligung,einwilligung quelle,quelle der einwilligung,"
            "einwilligung anruf,zustimmung,consentimiento,origen del consentimiento,consentement,"
            "source du consentement,consenso,fonte del consenso,consentimento,toestemming,zgoda,"
            "zgoda na kontakt,onay,riza"
        ),
        "consent_at": _names(
            "consent date,consent at,consent time,date of consent,consented at,consented on,"
            "consent given on,consent timestamp,opt in date,opted in at,optin date,"
            "einwilligung am,einwilligung datum,einwilligungsdatum,datum der einwilligung,"
            "zustimmung am,fecha de consentimiento,fecha del consentimiento,date du consentement,"
            "date de consentement,data del consenso,data consenso,data de consentimento,"
            "datum toestemming"
        ),
        "consent_until": _names(
            "consent until,consent expires,consent expires on,consent expiry,consent expiry date,"
            "consent expiration,consent expiration date,consent valid until,consent end date,"
            "einwilligung bis,einwilligung gultig bis,zustimmung bis,consentement jusqu au,"
            "expiration du consentement,consentimiento hasta,vencimiento del consentimiento,"
            "consenso fino al,scadenza consenso,scadenza del consenso,consentimento ate,"
            "validade do consentimento,toestemming tot,toestemming geldig tot,zgoda do,"
            "zgoda wazna do,onay bitis tarihi,riza gecerlilik tarihi"
        ),
        "appointment": _names(
            "appointment id,appointment no,appointment number,appointment ref,"
            "appointment reference,appt id,apptid,appointmentid,booking id,booking number,"
            "booking reference,reservation id,reservation number,visit id,termin id,termin nr,"
            "terminnummer,termin nummer,buchungsnummer,reservierungsnummer,id cita,id de cita,"
            "numero de cita,id rendez vous,id rdv,numero de rendez vous,numero de reservation,"
            "id appuntamento,numero appuntamento,id da consulta,afspraak id,afspraaknummer"
        ),
        "when": _names(
            "appointment date and time,appointment date time,appointment datetime,appointment at,"
            "appt datetime,appt date time,date and time,date time,datetime,start,"
            "start time and date,starts at,start at,start datetime,appointment,appt,termin,"
            "datum und uhrzeit,datum uhrzeit,terminzeitpunkt,cita,fecha y hora,rendez vous,rdv,"
            "date et heure,appuntamento,data e ora,consulta,data e hora,afspraak,datum en tijd,"
            "start date time,start date and time,startdatetime,apt date time,aptdatetime,"
            "appt start,apptstart,appointment start,appointmentstart,appointment starttime,"
            "appt start time,appointment start date time,next appt,next appointment,nextvisit,"
            "next appointment date and time,next appointment date time,eventstart,scheduled at,"
            "scheduled start,scheduled datetime,scheduled date time,scheduleddate and time,"
            "visit date time,visit datetime,booking start,date and time ofappointment,"
            "date time of appointment,slot start,terminam,terminbeginn,beginn,nachster termin,"
            "datum und uhrzeit des termins,proximacita,fecha y hora de la cita,inicio,"
            "prochain rendez vous,prochain rdv,date et heuredu rendez vous,date et heure du rdv,"
            "prossimo appuntamento,data e oraappuntamento,data e ora dell appuntamento,inizio,"
            "proxima consulta,data e hora daconsulta,volgende afspraak,datum en tijd afspraak,"
            "data i godzina,data i godzinawizyty,nastepna wizyta,termin wizyty,randevu,"
            "randevu tarihi ve saati,tarih ve saat"
        ),
        "day": _names(
            "appointment date,appointment day,appt date,apptdate,appointmentdate,visit date,"
            "booking date,reservation date,service date,start date,date,day,termindatum,datum,"
            "tag,fecha de la cita,fecha de cita,fecha cita,fecha,dia,date du rendez vous,"
            "date de rendez vous,date rdv,jour,data appuntamento,data dell appuntamento,data,"
            "giorno,data da consulta,afspraakdatum,dag,data wizyty,tarih,scheduled date,"
            "schedule date,sched date,scheduled for,scheduled on,next appointmentdate,"
            "next appt date,next visit date,date of appointment,date of appt,date ofvisit,"
            "date of service,dos,appt day,apt date,aptdate,visit day,event date,sessiondate,"
            "date scheduled,datum des termins,termin datum,fecha programada,fecha de lareserva,"
            "date prevue,date de la visite,data prenotazione,data della visita,dataagendada,"
            "data marcada,datum afspraak,data terminu,randevu tarihi"
        ),
        "time": _names(
            "appointment time,appt time,appttime,appointmenttime,visit time,booking time,"
            "reservation time,start time,time,hour,uhrzeit,terminzeit,zeit,termin uhrzeit,"
            "hora de la cita,hora de cita,hora cita,hora,heure du rendez vous,"
            "heure de rendez vous,heure rdv,heure,ora appuntamento,ora,orario,hora da consulta,"
            "tijd,tijdstip,godzina,saat,apt time,apttime,scheduled time,sched time,event time,"
            "session time,time ofappointment,time of visit,hora programada,heure prevue,"
            "ora prenotazione,horario,tijdafspraak,godzina wizyty,randevu saati"
        ),
        "language": _names(
            "language,preferred language,patient language,spoken language,language code,lang,"
            "sprache,bevorzugte sprache,idioma,lengua,langue,lingua,taal,jezyk,dil"
        ),
    }
)
