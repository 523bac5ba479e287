package miner

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// subnetWatch follows the subnet's rules that matter to admission.
type subnetWatch struct {
	chain      Chain
	netuid     uint32
	every      time.Duration
	log        *slog.Logger
	minBalance atomic.Uint64
	params     string // that the expert was made with
}

// Run looks at the subnet at every interval. A chain that cannot be asked changes nothing.
func (w *subnetWatch) Run(ctx context.Context) error {
	warned := false
	for {
		if err := sleep(ctx, w.every); err != nil {
			return err
		}
		s, err := w.chain.Subnet(ctx, w.netuid)
		if err != nil {
			if ctx.Err() == nil {
				w.log.Warn("the subnet's rules could not be read; the last ones stay", "error", flat(err))
			}
			continue
		}
		if old := w.minBalance.Swap(s.MinCallerBalance); old != s.MinCallerBalance {
			w.log.Info("subnet changed the balance that callers need", "from", old, "to", s.MinCallerBalance)
		}
		if s.TaskParams != w.params && !warned {
			warned = true
			w.log.Warn("subnet changed the task's parameters; restart the miner to take them")
		}
	}
}
