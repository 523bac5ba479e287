package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agon-chain/agon/localnet"
	"github.com/agon-chain/agon/wire"
)

// errLoad says that a network under load did not do what it should.
var errLoad = errors.New("under load")

const (
	// loadSubnets share miners, validators and calls.
	loadSubnets = 2
	// blockTolerance is by how much of the block time blocks may come late on average.
	blockTolerance = 0.2
	// failedCalls is how many of the calls may fail.
	failedCalls = 0.001
	// loadQuestions each validator asks each miner in a round.
	loadQuestions = 12
)

// loaded is what was seen of a network under load.
type loaded struct {
	calls  *rated
	blocks blockTimes
	epochs []*epochs // of each subnet
	memory *memory
}

// load calls the gateway of a whole network at a fixed rate for a long time. Memory must stay flat, blocks must come in their time, and
// no epoch may be missed or end without fresh weights.
func load(ctx context.Context, o options, row *Row) error {
	seen, err := underLoad(ctx, o, row)
	if err != nil {
		return err
	}
	return seen.judge(o)
}

// underLoad starts the network, waits until validators judge, calls, and looks.
func underLoad(ctx context.Context, o options, row *Row) (*loaded, error) {
	o.blockTime = o.loadBlockTime
	c, err := up(ctx, o, o.forLoad)
	if err != nil {
		return nil, err
	}
	defer c.down()
	seen := &loaded{}
	for i := range loadSubnets {
		w := c.watchEpochs(ctx, localnet.Netuid+uint32(i))
		// The first epochs end before anybody has judged; weights are promised in the next, shown in the one after, and count at its end.
		err := w.next(ctx, 1, o.patience+4*time.Duration(o.tempo)*o.loadBlockTime)
		w.end()
		if err != nil {
			return nil, err
		}
	}
	for i := range loadSubnets {
		w := c.watchEpochs(ctx, localnet.Netuid+uint32(i))
		defer w.end()
		seen.epochs = append(seen.epochs, w)
	}
	first := c.height(ctx, 0)
	seen.memory = c.watchMemory(ctx, max(o.loadDuration/200, time.Second))
	defer seen.memory.end()
	o.log.Info("calling", "rate", o.rate, "for", o.loadDuration)
	if seen.calls, err = callAtRate(ctx, c.Gateway().URL, c.Gateway().APIKey, o.rate, o.loadDuration); err != nil {
		return nil, err
	}
	last := c.height(ctx, 0)
	seen.memory.end()
	for _, w := range seen.epochs {
		w.end()
	}
	if seen.blocks, err = c.intervals(ctx, first, last); err != nil {
		return nil, err
	}
	row.Times, row.Calls, row.Failed = seen.calls.sent, seen.calls.sent, seen.calls.failed()
	row.Notes = seen.String()
	return seen, c.check(ctx, row)
}

func (l *loaded) String() string {
	notes := []string{l.calls.String(), l.blocks.String()}
	for i, w := range l.epochs {
		notes = append(notes, fmt.Sprintf("subnet %d: %d epochs, %d without fresh weights", localnet.Netuid+i, w.epochs, w.stale))
	}
	return strings.Join(append(notes, l.memory.String()), "; ")
}

// judge says what was not as it should be.
func (l *loaded) judge(o options) error {
	var wrong []error
	if late := l.blocks.mean.Seconds()/o.loadBlockTime.Seconds() - 1; late > blockTolerance {
		wrong = append(wrong, fmt.Errorf("%w: a block took %s on average, %.0f %% more than %s", errLoad, l.blocks.mean, 100*late, o.loadBlockTime))
	}
	due := l.blocks.blocks / int(o.tempo)
	for i, w := range l.epochs {
		if w.epochs < due || w.stale > 0 {
			wrong = append(wrong, fmt.Errorf("%w: %d epochs of subnet %d ended in %d blocks, at least %d were due; %d had no fresh weights",
				errLoad, w.epochs, localnet.Netuid+i, l.blocks.blocks, due, w.stale))
		}
	}
	if part := float64(l.calls.failed()) / float64(max(l.calls.sent, 1)); part > failedCalls {
		wrong = append(wrong, fmt.Errorf("%w: %.2f %% of calls failed: %s", errLoad, 100*part, l.calls.why()))
	}
	return errors.Join(append(wrong, l.memory.judge())...)
}

// forLoad is the network: in each of two subnets half of the miners and of the validators. The miners of the first are paid.
func (o options) forLoad(cfg *localnet.Config) {
	one := cfg.Subnets[0]
	one.Hyperparams.Tempo = o.tempo
	one.Hyperparams.MaxNeurons = uint32(o.miners + o.validators)
	one.Hyperparams.MaxValidators = uint32(max(o.validators, 1))
	one.Hyperparams.ActivityCutoff = 10 * o.tempo
	cfg.Subnets = nil
	for i := range loadSubnets {
		s := one
		s.Name, s.Symbol = fmt.Sprintf("Languages %d", i+1), fmt.Sprintf("LANG%c", 'A'+i)
		for j := range o.miners / loadSubnets {
			m := localnet.Miner{Name: fmt.Sprintf("miner-%d-%d", i+1, j+1), Kind: "honest", Expert: "whatlang"}
			if i == 0 {
				m.Price, m.ClaimAbove = wire.Price{PerRequest: 5_000}, 20_000_000
			}
			s.Miners = append(s.Miners, m)
		}
		for j := range o.validators / loadSubnets {
			s.Validators = append(s.Validators, localnet.Validator{
				Name: fmt.Sprintf("validator-%d-%d", i+1, j+1), Kind: "honest", Stake: 1_200_000_000_000, PerMiner: loadQuestions,
			})
		}
		cfg.Subnets = append(cfg.Subnets, s)
	}
	cfg.PollEvery = o.blockTime / 4
	cfg.Gateway = true
	cfg.GatewaySettings = []string{"--refresh-every", (2 * o.blockTime).String(), "--deposit", "500000000"}
}

// blockTimes are how long blocks took, by their headers.
type blockTimes struct {
	blocks             int
	mean, p99, longest time.Duration
}

func (b blockTimes) String() string {
	return fmt.Sprintf("blocks took %s on average, 99 %% of them at most %s, one %s",
		b.mean.Round(time.Millisecond), b.p99.Round(time.Millisecond), b.longest.Round(time.Millisecond))
}

// intervals are the times between the blocks from one height to another.
func (c *cluster) intervals(ctx context.Context, from, to int64) (blockTimes, error) {
	var at []time.Time
	const page = 20
	for first := from; first <= to; first += page {
		info, err := c.rpc[0].BlockchainInfo(ctx, first, min(first+page-1, to))
		if err != nil {
			return blockTimes{}, err
		}
		for _, meta := range slices.Backward(info.BlockMetas) { // newest first
			at = append(at, meta.Header.Time)
		}
	}
	if len(at) < 2 {
		return blockTimes{}, fmt.Errorf("%w: %d blocks between heights %d and %d", errStalled, len(at), from, to)
	}
	var took []time.Duration
	for i := range at[1:] {
		took = append(took, at[i+1].Sub(at[i]))
	}
	slices.Sort(took)
	n := len(took)
	return blockTimes{blocks: n, mean: at[n].Sub(at[0]) / time.Duration(n), p99: took[(n-1)*99/100], longest: took[n-1]}, nil
}
