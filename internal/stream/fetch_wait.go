package stream

import "time"

// SetMaxWait changes how long the next rounds wait where there is nothing to read yet.
func (f *Fetcher) SetMaxWait(wait time.Duration) { f.options.MaxWait = wait }
