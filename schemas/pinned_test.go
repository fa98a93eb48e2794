package schemas

// pinned are the fingerprints of the newest versions, as Apache Avro 1.12 (SchemaNormalization) computes them.
var pinned = map[string]uint64{
	"alerts":        0x6c0e7fe4b6e9484e,
	"chargebacks":   0x5c21640e0b13e050,
	"claims":        0x23f98f18a5cca194,
	"event":         0x44ccbee66c513670,
	"feedback":      0x42391de483d8e5dd,
	"orders":        0x85b55c967b312a19,
	"returns":       0xf9aec4a2218dc746,
	"seller_report": 0x4e364e74c66d78fb,
	"shipments":     0x0ea60da690ccb2a8,
}
