package rules

// AppendAvro appends the alert as a message.
func (a *Alert) AppendAvro(dst []byte) []byte { return a.AppendJSON(dst) }

// AppendAvro appends the report as a message.
func (r *Report) AppendAvro(dst []byte) []byte { return r.AppendJSON(dst) }
