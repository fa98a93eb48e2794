package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/whatif"
)

// trialsAtOnce is how many other processes are asked at the same time.
const trialsAtOnce = 32

// askOthers has every other process that works on partitions try the rules on them, and passes on what they tell.
func (t *runningTrial) askOthers(ctx context.Context, all *sync.WaitGroup) {
	content, err := json.Marshal(&t.question)
	if err != nil {
		panic(fmt.Errorf("write the question: %w", err)) // It is texts.
	}
	room := make(chan struct{}, trialsAtOnce)
	for member, of := range t.others() {
		all.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			if err := t.askOther(ctx, &of.peer, content); err != nil {
				answer := &whatif.Answer{}
				for _, p := range of.partitions {
					answer.Missing = append(answer.Missing, whatif.Missing{Partition: p, Why: fmt.Sprintf("process %s, which works on it, gave no answer: %v", member, err)})
				}
				t.tell(whatIfLine{Answer: answer})
			}
		})
	}
}

// tellMissing tells of the partitions that nobody works on, as far as is known. What is told of them by somebody goes before that.
func (t *runningTrial) tellMissing() {
	status, missing := t.server.status.Load(), []whatif.Missing(nil)
	known := status.AllPeers(time.Now())
	for p := range status.Partitions() {
		switch {
		case int(p) >= len(known):
			missing = append(missing, whatif.Missing{Partition: p, Why: "it is not known yet which process works on it: ask again in a moment"})
		case known[p].Owner == nil:
			missing = append(missing, whatif.Missing{Partition: p, Why: "no process works on it"})
		default:
			missing = append(missing, whatif.Missing{Partition: p, Why: fmt.Sprintf("process %s is not ready to work on it: ask again in a moment", known[p].Owner.Member)})
		}
	}
	t.tell(whatIfLine{Answer: &whatif.Answer{Missing: missing}})
}

// other is another process and the partitions that it works on.
type other struct {
	peer       peers.Peer
	partitions []int32
}

func (t *runningTrial) others() map[string]*other {
	all := map[string]*other{}
	for p, of := range t.server.status.Load().AllPeers(time.Now()) {
		if of.Owner == nil || of.Owner.Self {
			continue
		}
		if all[of.Owner.Member] == nil {
			all[of.Owner.Member] = &other{peer: *of.Owner}
		}
		all[of.Owner.Member].partitions = append(all[of.Owner.Member].partitions, int32(p))
	}
	return all
}

// askOther passes on the lines of another process.
func (t *runningTrial) askOther(ctx context.Context, of *peers.Peer, content []byte) (err error) {
	body, err := t.server.forward.Post(ctx, t.request, of, whatIfPath, content, askHeader, "Content-Type")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	return readTrial(body, t.tell)
}

// errBroken says that an answer ended before its end.
var errBroken = errors.New("its answer broke off")

// readTrial reads the lines of an answer up to that which says that this is all, and gives those before it to tell.
func readTrial(body io.Reader, tell func(whatIfLine)) error {
	lines := json.NewDecoder(bufio.NewReader(body))
	for {
		var line whatIfLine
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return errBroken
		case err != nil:
			return fmt.Errorf("read what it tells: %w", err)
		case line.Error != "":
			return errors.New(line.Error)
		case line.End:
			return nil
		}
		tell(line)
	}
}
