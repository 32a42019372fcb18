package seed

// The people and companies of the demonstration are invented. Names come from many countries and scripts, some are long,
// because customers' do.
var (
	firstNames = []string{"Ana", "Mateo", "Łukasz", "Chloé", "Yusuf", "Hana", "Ngozi", "Priya", "Tomás", "Ingrid", "Wanjiru", "Kenji", "Leïla",
		"Oğuz", "Uma", "Sean", "Zofia", "Marek", "Aroha", "Dimitra", "Björn", "Giulia", "Pavel", "Noor", "Elif", "Samuel", "Freya", "Amélie",
		"Rashid", "Katarzyna", "Viktor", "Mei", "Joaquín", "Solveig", "Tariq", "Beatriz", "Anneliese", "Maximilian-Alexander", "Μαρία", "Олена"}
	lastNames = []string{"Kovač", "García López", "Nowak", "Petit", "Demir", "Sørensen", "Okafor", "Raman", "Almeida", "Lindqvist", "Kamau",
		"Tanaka", "Haddad", "Şahin", "Brücker", "O'Neil", "Zielińska", "Dvořák", "Ngata", "Papadopoulou", "Åkesson", "Ricci", "Novák",
		"van den Berg", "Yılmaz", "Schneider", "Hughes", "Lefèvre", "Khan", "Wiśniewska", "Ivanov", "Chen", "Moreno", "Dahl", "Aziz", "Costa",
		"Freifrau von Hohenstein-Rautenbach", "Müller", "Παππά", "Шевченко"}
	companyHeads = []string{"Delta", "Harbor", "Summit", "Union", "Lumen", "Copper", "Alpine", "Pioneer", "Bright", "Northwind", "Meadow",
		"Granite", "Silver", "Juniper", "Harvest", "Anchor", "Willow", "Cobalt", "Beacon", "Orchard"}
	companyTails = []string{"Logistics", "Foods", "Bakery", "Optics", "Motors", "Press", "Clinic", "Robotics", "Freight", "Garden", "Steel",
		"Software", "Supply", "Packaging", "Brewery"}
	companyForms = []string{"GmbH", "Ltd", "S.A.", "AB", "& Co. KG", "Inc.", "B.V."}
	countries    = []string{"DE", "DE", "DE", "AT", "GB", "GB", "NL", "SE", "FR", "ES", "PL", "US"}
	divisions    = []string{"Equipment", "Software", "Services"}
	tags         = []string{"reference", "trade fair", "newsletter", "key account", "pilot"}

	notes = []string{
		"You asked me last month how we got the picking errors down. These are the people.",
		"They set up our second warehouse in nine weeks. You said that yours is next.",
		"You will like Rosa: she answers, and she knows the trade.",
		"We talked about returns at the fair. They solved that for us.",
		"Sie haben unser Lager in neun Wochen umgestellt. Das wäre auch etwas für Euch.",
		"Short version: fewer errors, calmer evenings. Worth half an hour.",
		"They were honest about what does not work. That is rare enough.",
	}
	quotes = []struct {
		text, lang string
		stars      int
	}{
		{"Picking errors went from four a day to one a week. The team sleeps better, and so do I.", "en", 5},
		{"Installed in nine weeks as promised, over a weekend, without stopping a single line.", "en", 5},
		{"The handover was thorough. The first invoice was not, but they put it right within a day.", "en", 4},
		{"Good equipment, fair price. I would wish for spare parts a little faster.", "en", 3},
		{"Endlich ein Lieferant, der zurückruft. Die Umstellung war gut vorbereitet.", "de", 5},
		{"Die Schulung war sehr gut, die Dokumentation könnte ausführlicher sein.", "de", 4},
		{"We compared five suppliers. These were the only ones who asked what we do before they said what they sell.", "en", 5},
		{"Rosa knew our shelves better than we did after one afternoon.", "en", 5},
		{"Does what it should. Nothing more to say, which is what I want from a conveyor.", "en", 4},
		{"Nach zwei Jahren kein einziger ungeplanter Stillstand.", "de", 5},
	}
)
