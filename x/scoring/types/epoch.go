package types

// Queued says that the end of an epoch stands in the queue: the subnet was started and is neither paused nor dissolved.
func (e Epoch) Queued() bool { return e.DueAt > 0 && !e.Paused }
