package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/agon-chain/agon/localnet"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

// callPrice is what a call to the miner costs that is not free, in nagon.
const callPrice = 100_000

// errNoWeights says that validators stopped judging.
var errNoWeights = errors.New("no weights")

// daemon is a program that is killed, and how to wait until it is well again.
type daemon struct {
	*localnet.Process
	ready func(context.Context) error
}

// daemons kills miners, validators and the gateway at random while users call them and pay. Whatever a user got an answer for must be
// claimed by its miner in the end, and epochs must go on with fresh weights.
func daemons(ctx context.Context, o options, row *Row) error {
	c, err := up(ctx, o, func(cfg *localnet.Config) {
		s := &cfg.Subnets[0]
		s.Miners = []localnet.Miner{
			{Name: "free", Kind: "honest", Expert: "whatlang"},
			{Name: "paid", Kind: "honest", Expert: "whatlang", Price: wire.Price{PerRequest: callPrice}},
		}
		s.Validators = localnet.DefaultConfig(o.dir).Subnets[0].Validators[:2]
		cfg.Gateway = true
	})
	if err != nil {
		return err
	}
	defer c.down()
	users, err := c.callers(ctx, filepath.Join(o.dir, "user"))
	if err != nil {
		return err
	}
	defer users.close()
	watch := c.watchEpochs(ctx, localnet.Netuid)
	defer watch.end()

	targets := []daemon{{c.Gateway().Process, c.Gateway().WaitReady}}
	for _, p := range append(slices.Clone(c.Miners()), c.Validators()...) {
		targets = append(targets, daemon{p.Process, p.WaitReady})
	}
	chance := rand.New(rand.NewPCG(o.seed, 3))
	var times []time.Duration
	for until := time.Now().Add(o.duration); time.Now().Before(until); {
		victim := targets[chance.IntN(len(targets))]
		if err := pause(ctx, upTo(chance, 4*o.blockTime)); err != nil {
			return err
		}
		victim.Kill()
		if err := pause(ctx, upTo(chance, 4*o.blockTime)); err != nil {
			return err
		}
		start := time.Now()
		if err := victim.Start(); err != nil {
			return err
		}
		if err := c.well(ctx, victim); err != nil {
			return fmt.Errorf("after kill %d, of %s: %w", row.Times+1, victim.Name, err)
		}
		times = append(times, time.Since(start))
		row.Times++
		row.recovered(times)
		o.log.Info("killed", "times", row.Times, "program", victim.Name, "recovery", times[len(times)-1])
	}
	if err := watch.next(ctx, 2, o.patience); err != nil {
		return err
	}
	watch.end()
	if err := users.end(ctx); err != nil {
		return err
	}
	row.Calls, row.Failed = users.sum()
	// A miner that is asked to end claims what it holds.
	for _, miner := range c.Miners() {
		miner.Stop()
	}
	claimed, err := c.owed(ctx, users, row)
	if err != nil {
		return err
	}
	row.Notes = fmt.Sprintf("calls: %s; %s", users, claimed) + fmt.Sprintf("; %d epochs ended, %d without fresh weights", watch.epochs, watch.stale)
	return c.check(ctx, row)
}

// well waits until a daemon says that it is well.
func (c *cluster) well(ctx context.Context, d daemon) error {
	ctx, cancel := context.WithTimeout(ctx, c.o.patience)
	defer cancel()
	return d.ready(ctx)
}

// owed compares what the user's answered calls cost with what the miners claimed on the chain.
func (c *cluster) owed(ctx context.Context, users *callers, row *Row) (string, error) {
	var spent, claimed uint64
	for _, channel := range users.client.Payer().Channels() {
		if channel.ID == 0 {
			continue
		}
		if channel.Stopped != "" {
			return "", fmt.Errorf("the user pays %s no more: %s", channel.Payee.Hotkey, channel.Stopped)
		}
		reply, err := c.Client().Payment().Channel(ctx, &paymenttypes.QueryChannelRequest{Id: channel.ID})
		if err != nil {
			return "", err
		}
		has := reply.Channel.Claimed
		if has > channel.Signed {
			return "", fmt.Errorf("channel %d: %d nagon were claimed, and %d signed for", channel.ID, has, channel.Signed)
		}
		if has < channel.Spent {
			row.Lost += channel.Spent - has
		}
		spent, claimed = spent+channel.Spent, claimed+has
	}
	if spent < users.paid.Load() {
		return "", fmt.Errorf("answers cost %d nagon, and the user's ledger says %d", users.paid.Load(), spent)
	}
	if spent == 0 {
		return "", errors.New("no call was paid")
	}
	if row.Lost > 0 {
		return "", fmt.Errorf("miners have claimed %d of %d nagon that calls cost", claimed, spent)
	}
	return fmt.Sprintf("calls that were answered cost %d nagon, claimed %d", spent, claimed), nil
}

// epochs watches whether each epoch of a subnet ends with weights that were set since the one before.
type epochs struct {
	c    *cluster
	of   uint32 // netuid
	stop context.CancelFunc
	done chan struct{}
	tick chan int // epochs so far, kept at the newest

	epochs, stale int // read after end
}

func (c *cluster) watchEpochs(ctx context.Context, netuid uint32) *epochs {
	ctx, stop := context.WithCancel(ctx)
	e := &epochs{c: c, of: netuid, stop: stop, done: make(chan struct{}), tick: make(chan int, 1)}
	go e.run(ctx) // ends with stop; end waits for it
	return e
}

func (e *epochs) run(ctx context.Context) {
	defer close(e.done)
	var index uint64
	var last, set int64
	for {
		if graph, err := e.c.Client().Metagraph(ctx, e.of); err == nil {
			newest := int64(0)
			for _, v := range localnet.Of(e.of, e.c.Validators()) {
				if neuron, ok := graph.ByHotkey(v.Hotkey); ok {
					newest = max(newest, int64(neuron.LastUpdate))
				}
			}
			now := uint64(graph.Epoch.Index)
			if index != 0 && now > index {
				e.epochs += int(now - index)
				if max(newest, last) == set {
					e.stale += int(now - index)
				} else {
					select { // the newest count alone is of interest
					case <-e.tick:
					default:
					}
					e.tick <- e.epochs - e.stale
				}
				set = max(newest, last)
			}
			index, last = now, newest
		}
		if pause(ctx, 200*time.Millisecond) != nil {
			return
		}
	}
}

// next waits until n further epochs have ended with fresh weights.
func (e *epochs) next(ctx context.Context, n int, patience time.Duration) error {
	timeout := time.After(patience)
	first := -1
	for {
		select {
		case fresh := <-e.tick:
			if first < 0 {
				first = fresh
			}
			if fresh >= first+n {
				return nil
			}
		case <-timeout:
			return fmt.Errorf("%w: not %d epochs with fresh ones in %s, with nothing killed", errNoWeights, n, patience)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *epochs) end() {
	e.stop()
	<-e.done
}
