//! Names by language. Lists of our own and not the `fake` crate's: that one draws by `rand`, of which it asks for a feature
//! that nobody else here has, while lists are all that is needed. Second surnames now and then give names enough.

pub struct Names {
    pub first: &'static [&'static str],
    pub last: &'static [&'static str],
}

#[rustfmt::skip]
pub static GERMAN: Names = Names {
    first: &[
        "Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hannes", "Ida", "Jakob", "Katharina", "Leon",
        "Marie", "Niklas", "Olivia", "Paul", "Ronja", "Simon", "Theresa", "Ulrich", "Vera", "Wolfgang", "Yvonne",
        "Andreas", "Birgit", "Christian", "Daniela", "Erik", "Franziska", "Georg", "Heike", "Ingrid", "Jonas",
        "Karin", "Lukas", "Monika", "Nadine", "Oskar", "Petra", "Ralf", "Sabine", "Thomas", "Ute", "Volker", "Werner",
        "Jürgen", "Günther", "Jörg", "Käthe", "Björn", "Sören", "Anneliese", "Bernd", "Carolin", "Dirk", "Elke",
        "Frank", "Gisela", "Helga", "Holger", "Ilse", "Jens", "Kerstin", "Lars", "Manuela", "Norbert", "Rosemarie",
        "Stefan", "Tanja", "Uwe",
    ],
    last: &[
        "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann",
        "Schäfer", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann", "Schwarz", "Zimmermann",
        "Braun", "Krüger", "Hofmann", "Hartmann", "Lange", "Schmitt", "Werner", "Krause", "Meier", "Lehmann",
        "Köhler", "Herrmann", "König", "Walter", "Mayer", "Huber", "Kaiser", "Fuchs", "Peters", "Lang", "Scholz",
        "Möller", "Weiß", "Jung", "Hahn", "Schubert", "Vogel", "Friedrich", "Keller", "Günther", "Frank", "Berger",
        "Winkler", "Roth", "Beck", "Lorenz", "Baumann", "Franke", "Albrecht", "Schuster", "Simon", "Ludwig", "Böhm",
        "Winter", "Kraus", "Martin", "Schumacher", "Krämer", "Vogt", "Stein", "Jäger", "Gruber", "Steiner", "Moser",
        "Pichler",
    ],
};

#[rustfmt::skip]
pub static ENGLISH: Names = Names {
    first: &[
        "Alice", "Arthur", "Amelia", "Andrew", "Beatrice", "Benjamin", "Charlotte", "Christopher", "Daisy", "Daniel",
        "Edith", "Edward", "Emily", "Ethan", "Florence", "Francis", "Grace", "George", "Hannah", "Harry", "Isla",
        "Isaac", "Jessica", "James", "Katherine", "Kevin", "Lily", "Liam", "Mary", "Matthew", "Nora", "Nathan",
        "Olivia", "Oliver", "Poppy", "Peter", "Rachel", "Robert", "Sarah", "Samuel", "Sophie", "Scott", "Thomas",
        "Tessa", "Victoria", "Victor", "William", "Wendy", "Zoe", "Zachary", "Angela", "Brian", "Carol", "Derek",
        "Elaine", "Frank", "Gillian", "Howard", "Irene", "Joanna", "Keith", "Laura", "Malcolm", "Nigel", "Pamela",
        "Russell", "Sheila", "Trevor", "Yvonne", "Deborah",
    ],
    last: &[
        "Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Patel", "Robinson", "Wright",
        "Thompson", "Evans", "Walker", "White", "Roberts", "Green", "Hall", "Wood", "Jackson", "Clarke", "Clark",
        "Harris", "Lewis", "Hughes", "Martin", "Cooper", "Moore", "King", "Turner", "Ward", "Hill", "Scott", "Young",
        "Allen", "Mitchell", "Morris", "Carter", "Phillips", "Lee", "Parker", "Bennett", "Cook", "Shaw", "Bell",
        "Murphy", "Kelly", "Miller", "Davis", "Anderson", "Garcia", "Martinez", "Lopez", "Nguyen", "Campbell",
        "Stewart", "Reid", "Murray", "Ross", "Graham", "O'Connor", "Byrne", "Fletcher", "Marshall", "Foster", "Gray",
        "Palmer", "Hunt", "Holmes", "Rogers", "Stevens", "Webb", "Rose", "Barnes", "Knight",
    ],
};

#[rustfmt::skip]
pub static FRENCH: Names = Names {
    first: &[
        "Adèle", "Antoine", "Amélie", "Bastien", "Béatrice", "Benoît", "Camille", "Charles", "Céline", "Cédric",
        "Chloé", "Damien", "Delphine", "Denis", "Élise", "Étienne", "Émilie", "Fabien", "Florence", "François",
        "Gabrielle", "Gérard", "Hélène", "Hugo", "Inès", "Isabelle", "Jacques", "Jeanne", "Julien", "Juliette",
        "Laurent", "Léa", "Louis", "Lucie", "Manon", "Marc", "Margaux", "Mathieu", "Nathalie", "Nicolas", "Océane",
        "Olivier", "Pauline", "Pierre", "Quentin", "Raphaël", "Romane", "Rémi", "Sandrine", "Sébastien", "Sophie",
        "Sylvain", "Théo", "Thérèse", "Valérie", "Vincent", "Véronique", "Xavier", "Yves", "Zoé",
    ],
    last: &[
        "Martin", "Bernard", "Dubois", "Thomas", "Robert", "Richard", "Petit", "Durand", "Leroy", "Moreau", "Simon",
        "Laurent", "Lefebvre", "Michel", "Garcia", "David", "Bertrand", "Roux", "Vincent", "Fournier", "Morel",
        "Girard", "André", "Lefèvre", "Mercier", "Dupont", "Lambert", "Bonnet", "François", "Martinez", "Legrand",
        "Garnier", "Faure", "Rousseau", "Blanc", "Guérin", "Muller", "Henry", "Roussel", "Nicolas", "Perrin", "Morin",
        "Mathieu", "Clément", "Gauthier", "Dumont", "Lopez", "Fontaine", "Chevalier", "Robin", "Masson", "Sanchez",
        "Gérard", "Nguyen", "Boyer", "Denis", "Lemaire", "Duval", "Joly", "Gautier",
    ],
};

#[rustfmt::skip]
pub static DUTCH: Names = Names {
    first: &[
        "Anouk", "Bas", "Bram", "Carlijn", "Daan", "Eline", "Emma", "Femke", "Floor", "Gijs", "Hanna", "Hidde",
        "Ilse", "Iris", "Jan", "Jasper", "Jeroen", "Joost", "Karin", "Kees", "Lars", "Lieke", "Lotte", "Luuk",
        "Maarten", "Marieke", "Mees", "Merel", "Niels", "Noa", "Oscar", "Pieter", "Roos", "Ruben", "Sanne", "Sem",
        "Sjoerd", "Sofie", "Stijn", "Tess", "Thijs", "Tim", "Tom", "Vera", "Wouter", "Willemijn", "Yara", "Zoë",
        "Annemarie", "Bart", "Cornelis", "Dirk", "Esther", "Frank", "Gerda", "Henk", "Ingrid", "Johan", "Marjolein",
        "Wim",
    ],
    last: &[
        "de Jong", "Jansen", "de Vries", "van den Berg", "van Dijk", "Bakker", "Janssen", "Visser", "Smit", "Meijer",
        "de Boer", "Mulder", "de Groot", "Bos", "Vos", "Peters", "Hendriks", "van Leeuwen", "Dekker", "Brouwer",
        "de Wit", "Dijkstra", "Smits", "de Graaf", "van der Meer", "van der Linden", "Kok", "Jacobs", "de Haan",
        "Vermeulen", "van den Heuvel", "van der Veen", "van den Broek", "de Bruijn", "de Bruin", "van der Heijden",
        "Schouten", "van Beek", "Willems", "van Vliet", "van de Ven", "Hoekstra", "Maas", "Verhoeven", "Koster",
        "van Dam", "van der Wal", "Prins", "Blom", "Huisman", "Peeters", "de Jonge", "Kuipers", "van Veen", "Postma",
        "Veenstra", "Kramer", "van den Brink", "Scholten", "van Wijk",
    ],
};

#[rustfmt::skip]
pub static ITALIAN: Names = Names {
    first: &[
        "Alessandro", "Alice", "Andrea", "Anna", "Antonio", "Aurora", "Beatrice", "Bruno", "Carla", "Chiara",
        "Claudio", "Cristina", "Daniele", "Davide", "Elena", "Eleonora", "Enrico", "Fabio", "Federica", "Filippo",
        "Francesca", "Gabriele", "Giada", "Giorgio", "Giovanni", "Giulia", "Giuseppe", "Greta", "Ilaria", "Irene",
        "Jacopo", "Laura", "Leonardo", "Lorenzo", "Luca", "Lucia", "Marco", "Maria", "Martina", "Matteo", "Michele",
        "Monica", "Nicola", "Niccolò", "Paola", "Pietro", "Raffaele", "Riccardo", "Roberta", "Salvatore", "Sara",
        "Silvia", "Simone", "Sofia", "Stefano", "Tommaso", "Valentina", "Veronica", "Vincenzo", "Vittoria",
    ],
    last: &[
        "Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno",
        "Gallo", "Conti", "De Luca", "Mancini", "Costa", "Giordano", "Rizzo", "Lombardi", "Moretti", "Barbieri",
        "Fontana", "Santoro", "Mariani", "Rinaldi", "Caruso", "Ferrara", "Galli", "Martini", "Leone", "Longo",
        "Gentile", "Martinelli", "Vitale", "Lombardo", "Serra", "Coppola", "De Santis", "D'Angelo", "Marchetti",
        "Parisi", "Villa", "Conte", "Ferraro", "Ferri", "Fabbri", "Bianco", "Marini", "Grasso", "Valentini",
        "Messina", "Sala", "De Angelis", "Gatti", "Pellegrini", "Palumbo", "Sanna", "Farina", "Rizzi", "Monti",
    ],
};
