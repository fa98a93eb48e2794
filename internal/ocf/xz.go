package ocf

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// maxDictionary is the largest that xz has by its levels, and what a stream's blocks may ask for together.
const maxDictionary = 64 << 20

const (
	xzHeaderBytes = 12
	lzma2Filter   = 0x21
	// A block's header has its size, flags, sizes that may be there, and filters.
	hasPackedSize   = 0x40
	hasUnpackedSize = 0x80
	filterCount     = 0x03
)

var errXZ = damaged(errors.New("xz: the stream is not well-formed"))

// checkXZ walks through a stream's blocks and LZMA2 chunks, without decompressing, and refuses what asks for too much memory. What is
// wrong in other ways is left to who decompresses.
func checkXZ(stream []byte) error {
	if len(stream) < xzHeaderBytes {
		return errXZ
	}
	at, size, dictionaries := xzHeaderBytes, 0, uint64(0)
	check, ok := xzChecks[stream[7]&0x0f]
	if !ok {
		return errXZ
	}
	for at < len(stream) && stream[at] != 0 { // 0 begins the index, after the last block
		headerEnd := at + 4*(int(stream[at])+1)
		if headerEnd > len(stream) {
			return errXZ
		}
		dictionary, err := dictionaryOf(stream[at:headerEnd])
		if err != nil {
			return err
		}
		if dictionaries += dictionary; dictionaries > maxDictionary {
			return fmt.Errorf("xz: it needs a dictionary of %d bytes, at most %d are given: write the file with another codec, such as deflate", dictionaries, maxDictionary)
		}
		packed, unpacked, err := walkChunks(stream[headerEnd:])
		if err != nil {
			return err
		}
		if size += unpacked; size > MaxBlockBytes {
			return errLarge
		}
		at = headerEnd + (packed+3)&^3 + check
	}
	return nil
}

// xzChecks are the lengths of the checksums behind a block: none, CRC-32, CRC-64, SHA-256.
var xzChecks = map[byte]int{0: 0, 1: 4, 4: 8, 10: 32}

// dictionaryOf is how large the dictionary is that a block's header asks for.
func dictionaryOf(header []byte) (uint64, error) {
	flags, rest := header[1], header[2:]
	if flags&filterCount != 0 {
		return 0, errors.New("xz: it has other filters than LZMA2: write the file with another codec, such as deflate")
	}
	for _, size := range []byte{hasPackedSize, hasUnpackedSize} {
		if flags&size != 0 {
			_, n := binary.Uvarint(rest)
			if n <= 0 {
				return 0, errXZ
			}
			rest = rest[n:]
		}
	}
	if len(rest) < 3 || rest[0] != lzma2Filter || rest[1] != 1 || rest[2] > 40 {
		return 0, errXZ
	}
	bits := rest[2]
	return uint64(2|bits&1) << (bits/2 + 11), nil
}

// walkChunks adds up the chunks of a block, to the one that ends it.
func walkChunks(b []byte) (packed, unpacked int, err error) {
	for at := 0; at < len(b); {
		control := b[at]
		if control == 0 {
			return at + 1, unpacked, nil
		}
		head, size := 3, 0 // of a chunk that is stored as it is
		if control >= 0x80 {
			head = 5
			if control >= 0xc0 {
				head = 6 // with new properties
			}
		}
		if at+head > len(b) {
			break
		}
		size = int(binary.BigEndian.Uint16(b[at+1:])) + 1
		if unpacked += size; control >= 0x80 {
			unpacked += int(control&0x1f) << 16
			size = int(binary.BigEndian.Uint16(b[at+3:])) + 1
		}
		at += head + size
	}
	return 0, 0, errXZ
}
