//! The predefined questions.
//!
//! They are chosen so that an answer stays the same for life, is easy to remember, and appears in no register and on no
//! profile page. The table stores an id for good: a question may be reworded, but never given another meaning.

use crate::message::Language;

/// A predefined question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Its name, which never changes.
    pub id: &'static str,
    english: &'static str,
    german: &'static str,
    french: &'static str,
    spanish: &'static str,
}

impl Question {
    /// Its text in a language.
    #[must_use]
    pub const fn text(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::German => self.german,
            Language::French => self.french,
            Language::Spanish => self.spanish,
        }
    }
}

/// Finds a predefined question by its name.
#[must_use]
pub fn predefined(id: &str) -> Option<&'static Question> {
    CATALOGUE.iter().find(|question| question.id == id)
}

const fn question(
    id: &'static str,
    english: &'static str,
    german: &'static str,
    french: &'static str,
    spanish: &'static str,
) -> Question {
    Question { id, english, german, french, spanish }
}

/// All of them, in the order in which they are offered.
pub static CATALOGUE: [Question; 35] = [
    question(
        "first-concert",
        "Who played at the first concert you went to?",
        "Wer spielte auf Ihrem ersten Konzert?",
        "Qui jouait au premier concert que vous avez vu\u{a0}?",
        "¿Quién tocaba en el primer concierto al que asistió?",
    ),
    question(
        "first-album",
        "Which album was the first that you bought yourself?",
        "Welches Album haben Sie sich als erstes selbst gekauft?",
        "Quel est le premier album que vous avez acheté vous-même\u{a0}?",
        "¿Cuál fue el primer disco que compró?",
    ),
    question(
        "first-film",
        "Which film did you see on your first visit to a cinema?",
        "Welchen Film haben Sie bei Ihrem ersten Kinobesuch gesehen?",
        "Quel film avez-vous vu lors de votre première séance de cinéma\u{a0}?",
        "¿Qué película vio la primera vez que fue al cine?",
    ),
    question(
        "first-flight",
        "Where did your first flight take you?",
        "Wohin ging Ihr erster Flug?",
        "Quelle était la destination de votre premier vol\u{a0}?",
        "¿Adónde le llevó su primer vuelo?",
    ),
    question(
        "first-trip-alone",
        "Where did you go on your first trip without your family?",
        "Wohin ging Ihre erste Reise ohne Ihre Familie?",
        "Où vous a mené votre premier voyage sans votre famille\u{a0}?",
        "¿Adónde fue en su primer viaje sin su familia?",
    ),
    question(
        "first-phone",
        "Which make and model was your first mobile phone?",
        "Welche Marke und welches Modell war Ihr erstes Handy?",
        "Quels étaient la marque et le modèle de votre premier téléphone portable\u{a0}?",
        "¿De qué marca y modelo era su primer teléfono móvil?",
    ),
    question(
        "first-computer",
        "Which make and model was the first computer you used?",
        "Welche Marke und welches Modell war Ihr erster Computer?",
        "Quels étaient la marque et le modèle du premier ordinateur que vous avez utilisé\u{a0}?",
        "¿De qué marca y modelo era el primer ordenador que usó?",
    ),
    question(
        "first-video-game",
        "Which was the first video game that you played to its end?",
        "Welches Videospiel haben Sie als erstes durchgespielt?",
        "Quel est le premier jeu vidéo que vous avez terminé\u{a0}?",
        "¿Cuál fue el primer videojuego que terminó?",
    ),
    question(
        "first-bicycle",
        "Which make was your first bicycle?",
        "Von welcher Marke war Ihr erstes Fahrrad?",
        "De quelle marque était votre premier vélo\u{a0}?",
        "¿De qué marca era su primera bicicleta?",
    ),
    question(
        "first-animal",
        "What was the name of the first animal that you looked after?",
        "Wie hieß das erste Tier, um das Sie sich gekümmert haben?",
        "Comment s’appelait le premier animal dont vous avez pris soin\u{a0}?",
        "¿Cómo se llamaba el primer animal que cuidó?",
    ),
    question(
        "first-dish",
        "Which dish did you learn to cook first?",
        "Welches Gericht konnten Sie als erstes kochen?",
        "Quel est le premier plat que vous avez appris à cuisiner\u{a0}?",
        "¿Cuál fue el primer plato que aprendió a cocinar?",
    ),
    question(
        "first-wages",
        "What did you buy with the first money that you earned?",
        "Was haben Sie sich von Ihrem ersten verdienten Geld gekauft?",
        "Qu’avez-vous acheté avec le premier argent que vous avez gagné\u{a0}?",
        "¿Qué compró con el primer dinero que ganó?",
    ),
    question(
        "first-boss",
        "What was the family name of your first boss?",
        "Wie hieß Ihre erste Chefin oder Ihr erster Chef mit Nachnamen?",
        "Quel était le nom de famille de votre tout premier chef\u{a0}?",
        "¿Cuál era el apellido de su primer jefe o su primera jefa?",
    ),
    question(
        "first-own-street",
        "In which street was the first home of your own?",
        "In welcher Straße lag Ihre erste eigene Wohnung?",
        "Dans quelle rue se trouvait votre premier logement indépendant\u{a0}?",
        "¿En qué calle estaba la primera vivienda que tuvo por su cuenta?",
    ),
    question(
        "first-club",
        "Which club or team did you join first?",
        "Welchem Verein oder Team sind Sie als erstem beigetreten?",
        "Quel club ou quelle équipe avez-vous rejoint en premier\u{a0}?",
        "¿Cuál fue el primer club o equipo al que se unió?",
    ),
    question(
        "first-love",
        "What was the first name of your first love?",
        "Wie hieß Ihre erste große Liebe mit Vornamen?",
        "Quel était le prénom de votre premier amour\u{a0}?",
        "¿Cuál era el nombre de pila de su primer amor?",
    ),
    question(
        "first-stage-role",
        "Which part did you play the first time you stood on a stage?",
        "Welche Rolle haben Sie bei Ihrem ersten Auftritt auf einer Bühne gespielt?",
        "Quel a été votre premier rôle sur une scène\u{a0}?",
        "¿Qué papel interpretó la primera vez que subió a un escenario?",
    ),
    question(
        "learned-to-swim",
        "Where did you learn to swim?",
        "Wo haben Sie schwimmen gelernt?",
        "Où avez-vous appris à nager\u{a0}?",
        "¿Dónde aprendió a nadar?",
    ),
    question(
        "driving-instructor",
        "What was the name of your driving instructor?",
        "Wie hieß Ihre Fahrlehrerin oder Ihr Fahrlehrer?",
        "Comment s’appelait la personne qui vous a appris à conduire\u{a0}?",
        "¿Cómo se llamaba la persona que le enseñó a conducir?",
    ),
    question(
        "earliest-memory",
        "In which place is your earliest memory set?",
        "An welchem Ort spielt Ihre früheste Erinnerung?",
        "Dans quel lieu se déroule votre plus ancien souvenir\u{a0}?",
        "¿En qué lugar transcurre su recuerdo más antiguo?",
    ),
    question(
        "childhood-book",
        "Which book did you want to hear again and again as a child?",
        "Welches Buch wollten Sie als Kind immer wieder hören?",
        "Quel livre vouliez-vous sans cesse réentendre dans votre enfance\u{a0}?",
        "¿Qué libro quería oír una y otra vez en su infancia?",
    ),
    question(
        "childhood-game",
        "Which game did you play most often as a child?",
        "Welches Spiel haben Sie als Kind am häufigsten gespielt?",
        "À quel jeu jouiez-vous le plus souvent dans votre enfance\u{a0}?",
        "¿A qué jugaba más a menudo en su infancia?",
    ),
    question(
        "childhood-series",
        "Which television series did you never miss as a child?",
        "Welche Fernsehserie haben Sie als Kind nie verpasst?",
        "Quelle série télévisée ne manquiez-vous jamais dans votre enfance\u{a0}?",
        "¿Qué serie de televisión no se perdía nunca en su infancia?",
    ),
    question(
        "childhood-song",
        "Which song were you sung to sleep with?",
        "Mit welchem Lied wurden Sie in den Schlaf gesungen?",
        "Quelle chanson vous chantait-on pour vous endormir\u{a0}?",
        "¿Qué canción le cantaban para que se durmiera?",
    ),
    question(
        "childhood-costume",
        "Which costume did you like to wear best as a child?",
        "In welchem Kostüm haben Sie sich als Kind am liebsten verkleidet?",
        "Quel était votre déguisement préféré dans votre enfance\u{a0}?",
        "¿Cuál era su disfraz preferido en la infancia?",
    ),
    question(
        "childhood-hiding-place",
        "Where was your best hiding place as a child?",
        "Wo war als Kind Ihr bestes Versteck?",
        "Où était votre meilleure cachette dans votre enfance\u{a0}?",
        "¿Dónde estaba su mejor escondite en la infancia?",
    ),
    question(
        "childhood-shop",
        "In which shop did you spend your pocket money?",
        "In welchem Geschäft haben Sie Ihr Taschengeld ausgegeben?",
        "Dans quel magasin dépensiez-vous votre argent de poche\u{a0}?",
        "¿En qué tienda gastaba el dinero que le daban en la infancia?",
    ),
    question(
        "childhood-neighbours",
        "What was the family name of the neighbours you liked best as a child?",
        "Wie hießen Ihre liebsten Nachbarn in der Kindheit mit Nachnamen?",
        "Quel était le nom de famille de vos voisins préférés dans votre enfance\u{a0}?",
        "¿Cuál era el apellido de sus vecinos preferidos en la infancia?",
    ),
    question(
        "childhood-doctor",
        "What was the name of your doctor when you were a child?",
        "Wie hieß in Ihrer Kindheit Ihre Ärztin oder Ihr Arzt?",
        "Comment s’appelait votre médecin dans votre enfance\u{a0}?",
        "¿Cómo se llamaba su médico en la infancia?",
    ),
    question(
        "childhood-lost-thing",
        "Which thing did you lose as a child and never find again?",
        "Was haben Sie als Kind verloren und nie wiedergefunden?",
        "Quel objet avez-vous perdu dans votre enfance sans jamais le retrouver\u{a0}?",
        "¿Qué objeto perdió en la infancia y no volvió a encontrar?",
    ),
    question(
        "childhood-soft-toy",
        "What did you call the soft toy that you slept with?",
        "Wie hieß das Kuscheltier, mit dem Sie eingeschlafen sind?",
        "Comment s’appelait la peluche avec laquelle vous dormiez\u{a0}?",
        "¿Cómo se llamaba el peluche con el que dormía?",
    ),
    question(
        "childhood-refused-food",
        "Which food did you refuse to eat as a child?",
        "Welches Essen haben Sie als Kind verweigert?",
        "Quel aliment refusiez-vous de manger dans votre enfance\u{a0}?",
        "¿Qué comida se negaba a comer en la infancia?",
    ),
    question(
        "school-seat-neighbour",
        "Who sat next to you in your first year at school?",
        "Wer saß in Ihrem ersten Schuljahr neben Ihnen?",
        "Qui était à côté de vous en classe lors de votre première année d’école\u{a0}?",
        "¿Quién se sentaba a su lado en su primer año de colegio?",
    ),
    question(
        "family-summers",
        "Where did your family spend most summers?",
        "Wo hat Ihre Familie die meisten Sommer verbracht?",
        "Où votre famille passait-elle la plupart des étés\u{a0}?",
        "¿Dónde pasaba su familia la mayoría de los veranos?",
    ),
    question(
        "grandparents-street",
        "In which street did your grandparents live?",
        "In welcher Straße wohnten Ihre Großeltern?",
        "Dans quelle rue habitaient vos grands-parents\u{a0}?",
        "¿En qué calle vivían sus abuelos?",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::credentials::questions::{MAX_QUESTION_LENGTH, MAX_QUESTIONS, is_question_id};
    use crate::identifiers::folding::fold;

    #[test]
    fn ids_are_readable_and_each_stands_once() {
        let ids: BTreeSet<&str> = CATALOGUE.iter().map(|question| question.id).collect();
        assert_eq!(ids.len(), 35);
        for id in ids {
            assert!(is_question_id(id) && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{id}");
            assert_eq!(predefined(id).map(|question| question.id), Some(id));
        }
        assert_eq!(predefined("first-Concert"), None);
        assert!(CATALOGUE.len() >= MAX_QUESTIONS, "everybody finds as many as are registered");
    }

    #[test]
    fn every_text_is_a_question_of_its_own_in_every_language() {
        for language in Language::ALL {
            let texts: BTreeSet<String> =
                CATALOGUE.iter().map(|question| fold(question.text(language)).to_string()).collect();
            assert_eq!(texts.len(), 35, "{language:?}");
            for question in &CATALOGUE {
                let text = question.text(language);
                assert!(text.ends_with('?') && text.chars().count() <= MAX_QUESTION_LENGTH, "{text}");
                assert_eq!(text.starts_with('¿'), language == Language::Spanish, "{text}");
                assert_eq!(text.ends_with("\u{a0}?"), language == Language::French, "{text}");
            }
        }
    }
}
