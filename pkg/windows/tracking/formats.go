package tracking

// format is one kind of tracking id of a carrier.
//
// A shape describes a whole id, with white space removed and in capitals, from left to right:
//
//	A, 7, -     the character itself
//	#  @  *     a digit; a letter; a digit or a letter
//	[AHJ]       one of these characters
//	x{8}        x eight times; x{9,11} nine or eleven times; x{9-38} nine to 38 times
//	(…)         the serial number that the check digit secures
//	=x          the check digit, which has to be of class x
//
// The shapes of one format stand in order of preference: the first that an id fits decides by its check digit, and only then comes
// the carrier's next format.
type format struct {
	shapes []string
	check  check
}

// check is how a check digit follows from a serial number; the zero check is none.
type check struct {
	algorithm algorithm

	// multipliers are those of weighted sums, for the serial's characters in order, again and again from the left, or from the
	// right when fromRight is set.
	multipliers []uint8
	fromRight   bool

	// prefix goes before a serial number that does not begin with it.
	prefix string

	// country is whether the id ends in a country's code.
	country bool
}

type algorithm uint8

const (
	none       algorithm = iota
	upToTen              // what is missing in the weighted sum to a multiple of 10
	elevenTen            // the weighted sum modulo 11 modulo 10
	postal               // UPU S10: from the weighted sum modulo 11
	seven                // the serial modulo 7
	luhn                 // ISO/IEC 7812-1
	mod37And36           // ISO/IEC 7064, MOD 37,36
)

// Multipliers are written for the first, second, … character of the serial.
var (
	threeOneSeven = check{algorithm: elevenTen, multipliers: []uint8{3, 1, 7}}
	oneSevenThree = check{algorithm: elevenTen, multipliers: []uint8{1, 7, 3}}
	oneThree      = check{algorithm: upToTen, multipliers: []uint8{1, 3}}
	oneTwo        = check{algorithm: upToTen, multipliers: []uint8{1, 2}}
	threeOne      = check{algorithm: upToTen, multipliers: []uint8{3, 1}}
	byLuhn        = check{algorithm: luhn}
)

// The parts of a barcode of the United States Postal Service. A ZIP code goes before the id proper, with its four further digits
// only before an id of 22 digits.
const (
	zip5 = "420#{5}"
	zip9 = "420#{9}"
)

// formats are those of each carrier, by its code.
var formats = map[string][]format{
	"amazon": {
		{shapes: []string{"TB[ACM]#{12}"}},
		{shapes: []string{"[AFC]#{10}"}},
	},
	"canada_post": {{shapes: []string{"(#{15})=#"}, check: threeOne}},
	"canpar":      {{shapes: []string{"[CDKLSUXZ]#{21}"}}},
	"dhl": {
		{shapes: []string{"(#{9,10})=#"}, check: check{algorithm: seven}},
		{shapes: []string{"J@{2,3}#{9,10}"}},
		{shapes: []string{ // The first character after the prefix is a digit.
			"GM#*{9-38}", "LX#*{9-38}", "RX#*{9-38}", "UV#*{9-38}", "CN#*{9-38}",
			"SG#*{9-38}", "TH#*{9-38}", "IN#*{9-38}", "HK#*{9-38}", "MY#*{9-38}",
		}},
		{shapes: []string{"#{14}"}},
	},
	"dpd": {{shapes: []string{"(#{27})=*", "(#{14})=*"}, check: check{algorithm: mod37And36}}},
	"fedex": {
		{shapes: []string{"(#{11})=#", "3#{15}(#{11})=##{4}"}, check: threeOneSeven},
		{shapes: []string{"[0-8]#{19}(#{13})=#"}, check: oneSevenThree},
		{shapes: []string{"(#{14})=#", "96#{5}(#{14})=#"}, check: oneThree},
		{shapes: []string{"##(#{15})=#"}, check: threeOne},
		{shapes: []string{"96#{18}(#{13})=#"}, check: oneSevenThree},
	},
	"gofo":     {{shapes: []string{"GFUS#{14}"}}},
	"landmark": {{shapes: []string{"LTN#{8}N1"}}},
	"lasership": {
		{shapes: []string{"L[AIEHNX][1-3]#{7}"}},
		{shapes: []string{"1LS7[12]#{10}"}},
		{shapes: []string{"1LS7[12]##01[1-4]#{6}-1"}},
		{shapes: []string{"1LSCX*{10}"}},
	},
	"old_dominion": {
		{shapes: []string{"(77[78]#{7})=#", "(072#{7})=#", "(780#{7})=#"}, check: byLuhn},
		{shapes: []string{"(80#{8})=#"}, check: byLuhn},
	},
	"ontrac": {
		{shapes: []string{"C(#{13})=#"}, check: check{algorithm: upToTen, multipliers: []uint8{1, 2}, prefix: "4"}},
		{shapes: []string{"D(#{13})=#"}, check: check{algorithm: upToTen, multipliers: []uint8{1, 2}, prefix: "5"}},
	},
	"purolator": {
		{shapes: []string{"([0-5]#{10})=#"}, check: byLuhn},
		{shapes: []string{"@{3}#{9}"}},
	},
	"s10": {{
		shapes: []string{"@@(#{8})=#@@"},
		check:  check{algorithm: postal, multipliers: []uint8{8, 6, 4, 2, 3, 5, 9, 7}, country: true},
	}},
	"speedee": {{shapes: []string{"SP#{18}"}}},
	"ups": {
		{shapes: []string{"1Z(*{15})=#"}, check: oneTwo},
		{shapes: []string{"[AHJKTV](#{9})=#"}, check: oneTwo},
	},
	"usps": {
		{shapes: []string{"(#{19})=#"}, check: threeOne},
		{
			shapes: []string{
				zip9 + "(94#{19})=#", zip5 + "(94#{23})=#", zip5 + "(94#{19})=#",
				"(94#{3}9#{23})=#", "(94#{23})=#", "(94#{19})=#",
			},
			check: check{algorithm: upToTen, multipliers: []uint8{3, 1}, fromRight: true},
		},
		{
			shapes: []string{
				zip9 + "(91#{19})=#", zip9 + "(#{19})=#", zip5 + "(91#{19})=#", zip5 + "(#{19})=#",
				"(91#{19})=#", "(#{19})=#",
			},
			check: check{algorithm: upToTen, multipliers: []uint8{3, 1}, prefix: "91"},
		},
		{ // A large shipper (9) has prefix 92, a small one (0-8) 93; 95 is either's.
			shapes: []string{
				zip9 + "(92#{3}9#{15})=#", zip9 + "(93#{3}[0-8]#{15})=#", zip9 + "(95#{19})=#",
				zip5 + "(92#{3}9#{15,19})=#", zip5 + "(93#{3}[0-8]#{15,19})=#", zip5 + "(95#{19,23})=#",
				"(92#{3}9#{15,19})=#", "(93#{3}[0-8]#{15,19})=#", "(95#{19,23})=#",
			},
			check: threeOne,
		},
	},
	"yodel":      {{shapes: []string{"JD#{16}", "JJD#{16}"}}},
	"yunexpress": {{shapes: []string{"YT#{16}"}}},
}
