package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
)

// DefaultEpochs is how many epochs a demonstration watches: the first two pay nothing yet, because weights are promised in
// one epoch and shown in the next, and permits come from the epoch before.
const DefaultEpochs = 12

// ErrFailed says that the network ran and the mechanism did not do what it promises.
var ErrFailed = errors.New("the demonstration failed")

// Options of a demonstration.
type Options struct {
	// Network to run.
	Network localnet.Config
	// Epochs to watch after all stake is placed.
	Epochs uint64
	// ReportPath is where the report goes as JSON.
	ReportPath string
	// Out is where people read; Terminal says that it is one, and lines may be redrawn.
	Out      io.Writer
	Terminal bool
}

// Run starts the network, watches it, measures, writes the report and stops the network. It returns ErrFailed if the
// report says so, and another error if there is no report.
func Run(ctx context.Context, o Options) (Report, error) {
	began := time.Now()
	o.Network.Progress = func(step string) {
		fmt.Fprintf(o.Out, "[%5.1fs] %s\n", time.Since(began).Seconds(), step)
	}
	network, err := localnet.Up(ctx, o.Network)
	if err != nil {
		return Report{}, err
	}
	defer network.Stop()

	// Whoever ends by itself ends the demonstration.
	watched, stop := context.WithCancel(ctx)
	g, watched := errgroup.WithContext(watched)
	g.Go(func() error {
		if err := network.Watch(watched); !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	})
	var report Report
	g.Go(func() (err error) {
		defer stop()
		report, err = observe(watched, network, o)
		return err
	})
	if err := g.Wait(); err != nil {
		return report, err
	}
	if err := report.write(o.ReportPath); err != nil {
		return report, err
	}
	fmt.Fprintf(o.Out, "\nReport: %s  (%.0f seconds, logs in %s/logs)\n", o.ReportPath, time.Since(began).Seconds(), o.Network.Dir)
	if !report.Passed {
		return report, ErrFailed
	}
	return report, nil
}

// observe watches the epochs, then measures and accounts.
func observe(ctx context.Context, network *localnet.Network, o Options) (Report, error) {
	b := &board{out: o.Out, terminal: o.Terminal, network: network}
	stakes := map[string]uint64{}
	start, err := network.Client().Height(ctx)
	if err != nil {
		return Report{}, err
	}
	for _, v := range network.Validators() {
		if stakes[v.Name], err = (accountant{network, start}).staked(ctx, v.Owner); err != nil {
			return Report{}, err
		}
	}
	fmt.Fprintf(o.Out, "watching %d epochs of %d blocks\n", o.Epochs, o.Network.Subnet.Hyperparams.Tempo)
	graph, err := watch(ctx, network, b, o.Epochs)
	if err != nil {
		return Report{}, err
	}
	fmt.Fprintf(o.Out, "asking every miner %d held-out questions\n", examQuestions)
	accuracies, err := measure(ctx, network, graph)
	if err != nil {
		return Report{}, err
	}

	report := Report{Epochs: o.Epochs, Height: graph.Height}
	books := accountant{network, graph.Height}
	var owners []string
	for _, m := range network.Miners() {
		neuron, ok := graph.ByHotkey(m.Hotkey)
		if !ok {
			return report, fmt.Errorf("%s lost its uid", m.Name)
		}
		earned, err := books.staked(ctx, m.Owner)
		if err != nil {
			return report, err
		}
		accuracy := accuracies[neuron.UID]
		report.Miners = append(report.Miners, MinerResult{
			Name: m.Name, Kind: m.Kind, UID: neuron.UID,
			HeldOutAccuracy: accuracy.Mean, AccuracyLower: accuracy.Lower, AccuracyUpper: accuracy.Upper,
			Incentive: fraction(neuron.Incentive), Earned: earned,
		})
		owners = append(owners, m.Owner)
	}
	for _, v := range network.Validators() {
		neuron, ok := graph.ByHotkey(v.Hotkey)
		if !ok {
			return report, fmt.Errorf("%s lost its uid", v.Name)
		}
		now, err := books.staked(ctx, v.Owner)
		if err != nil {
			return report, err
		}
		result := ValidatorResult{Name: v.Name, Kind: v.Kind, UID: neuron.UID, Stake: stakes[v.Name]}
		if now > result.Stake {
			result.Earned = now - result.Stake
		}
		if result.Stake > 0 {
			result.EarnedPerStake = float64(result.Earned) / float64(result.Stake)
		}
		report.Validators = append(report.Validators, result)
		owners = append(owners, v.Owner)
	}
	if report.Supply, err = books.agon(ctx); err != nil {
		return report, err
	}
	if report.Token, err = books.token(ctx, owners); err != nil {
		return report, err
	}
	report.judge()
	b.results(report)
	return report, nil
}

// watch draws the leaderboard until enough epochs have ended, and returns the metagraph of that moment.
func watch(ctx context.Context, network *localnet.Network, b *board, epochs uint64) (*chain.Metagraph, error) {
	ticker := time.NewTicker(network.Config().BlockTime)
	defer ticker.Stop()
	var first, last uint64
	known := false
	for {
		graph, err := network.Client().Metagraph(ctx, localnet.Netuid)
		if err != nil {
			return nil, err
		}
		if !known {
			first, last, known = graph.Epoch.Index, graph.Epoch.Index, true
		}
		ended := graph.Epoch.Index > last
		last = graph.Epoch.Index
		b.draw(graph, last-first, epochs, ended)
		if last-first >= epochs {
			return graph, nil
		}
		if graph.Epoch.Paused {
			return nil, fmt.Errorf("the subnet's epoch failed: %s", graph.Epoch.Failure)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
		}
	}
}
