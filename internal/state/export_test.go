package state

// CarryOut sets how many timers that fired a restorer carries out at once.
func (r *Restorer) CarryOut(atOnce int) { r.firedAtOnce = atOnce }

// WriteInPart is a Write that is interrupted before its last checkpoint.
func (r *Restorer) WriteInPart() error {
	c := &change{}
	var err error
	if c.from, c.to, err = r.clocks(latest(r.waiting[:r.whole])); err == nil && !r.fromNothing() {
		_, err = r.pass(c)
	}
	r.p.Discard()
	r.Reset()
	return err
}
