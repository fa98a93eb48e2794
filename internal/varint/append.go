package varint

import "encoding/binary"

// AppendText appends a length and as many bytes, which [Reader.Text] and [Reader.Bytes] read.
func AppendText[T string | []byte](dst []byte, text T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}
