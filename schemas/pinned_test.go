package schemas

// pinned are the fingerprints of the newest versions, as Apache Avro 1.12 (SchemaNormalization) computes them.
var pinned = map[string]uint64{
	"alerts":        0xcfb280fb061c7c30,
	"chargebacks":   0x5c21640e0b13e050,
	"claims":        0x5890cdd3ac25a3a7,
	"event":         0x6cc215476e264e7b,
	"feedback":      0x42391de483d8e5dd,
	"orders":        0x9b9f577a9cc14180,
	"returns":       0x7a3a57129fbae238,
	"seller_report": 0x1ec22cef13951faf,
	"shipments":     0x0ea60da690ccb2a8,
}
