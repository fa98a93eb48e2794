package intake

import "sellerpulse/internal/limits"

// room is what a unit may have in memory.
type room struct {
	fetched int // bytes of one round, of all its sources, decompressed
	batch   int // bytes of a transaction
}

// Bounds of a share, however much or little memory there is.
const (
	mostFetched  = 16 << 20
	leastFetched = 64 << 10
	leastBatch   = 16 << 10
)

// room is what a unit may have now, by how many there are. Half of its share of the memory is for what is read. The rest is for transactions, of which there are
// two, the one that is gathered and the one under way, with the batches and the requests of this. What is begun is finished: a batch that is read, and what
// a record becomes.
func (in *Intake) room() room {
	share := int(in.options.Memory) / max(1, len(in.given()))
	return room{
		fetched: min(max(share/2, leastFetched), mostFetched),
		batch:   min(max(share/8, leastBatch), limits.Carried),
	}
}
