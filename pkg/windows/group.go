package windows

// group is a part of a seller and its sums of each term of its field.
type group struct {
	part    Part
	tag     tag // of part
	sums    []int32
	changed uint64 // bits of terms, since TakeChanged
}

// newGroup makes the group of a part, without orders.
func (l *Layout) newGroup(p Part) group {
	return group{part: p, tag: tagOf(p), sums: make([]int32, len(l.fields[p.Field]))}
}

// tag is the field and the beginning of the value of a part in one number: parts that have different ones are not the same. A seller has many, of whom an
// order or a cell is of few.
type tag uint64

func tagOf(p Part) (t tag) {
	for i := 0; i < len(p.Value) && i < 7; i++ {
		t = t<<8 | tag(p.Value[i])
	}
	return t<<8 | tag(p.Field)
}

// part is the part of which a cell has the orders; of a total that of its channel.
func (k *key) part() Part {
	if k.kind == totalKind {
		return Part{ChannelField, k.channel.String()}
	}
	return Part{fieldOf[k.kind], k.value}
}
