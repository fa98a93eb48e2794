package outputs

import "encoding/binary"

// Encoder writes alerts and reports as Avro. The zero Encoder writes single-object encoding.
type Encoder struct {
	// SchemaIDs are the ids of the newest schemas in a registry. With them, the Confluent wire format is written.
	SchemaIDs *SchemaIDs
}

// SchemaIDs are ids of the newest schemas in a registry.
type SchemaIDs struct{ Alert, Report uint32 }

// AppendAlert appends an alert, with its header.
func (enc Encoder) AppendAlert(dst []byte, a *Alert) []byte {
	if enc.SchemaIDs == nil {
		return a.AppendAvro(dst)
	}
	return a.AppendAvroBody(appendID(dst, enc.SchemaIDs.Alert))
}

// AppendReport appends a report, with its header.
func (enc Encoder) AppendReport(dst []byte, r *Report) []byte {
	if enc.SchemaIDs == nil {
		return r.AppendAvro(dst)
	}
	return r.AppendAvroBody(appendID(dst, enc.SchemaIDs.Report))
}

// confluentSize is the length of the Confluent wire format's header: a zero byte and the schema's id, big-endian.
const confluentSize = 5

func appendID(dst []byte, id uint32) []byte { return binary.BigEndian.AppendUint32(append(dst, 0), id) }

// confluentBody is what follows the Confluent wire format's header, where the value has one.
func confluentBody(value []byte) ([]byte, bool) {
	if len(value) < confluentSize || value[0] != 0 {
		return nil, false
	}
	return value[confluentSize:], true
}
