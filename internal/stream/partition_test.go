package stream

import "testing"

// The hashes are those of Java's Utils.murmur2, from the tests of Apache Kafka and of librdkafka.
func TestMurmur2IsJavas(t *testing.T) {
	for key, want := range map[string]int32{
		"21":                         -973932308,
		"foobar":                     -790332482,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc":               479470107,
		"kafka":             int32(-0x2f98309c), // 0xd067cf64
		"giberish123456789": int32(-0x70aad4f4), // 0x8f552b0c
		"4":                 0x5a4b5ca1,
		"":                  0x106e08d9,
	} {
		if got := int32(murmur2([]byte(key))); got != want {
			t.Errorf("murmur2(%q) = %d, want %d", key, got, want)
		}
	}
}

func TestPartitionForClearsTheSign(t *testing.T) {
	// murmur2("21") is negative: -973932308 & 0x7fffffff = 1173551340.
	for partitions, want := range map[int32]int32{1: 0, 7: 1173551340 % 7, 32: 1173551340 % 32} {
		if got := PartitionFor([]byte("21"), partitions); got != want {
			t.Errorf("partition of 21 among %d is %d, want %d", partitions, got, want)
		}
	}
}
