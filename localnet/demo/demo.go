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
	"github.com/agon-chain/agon/validator"
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
	start, err := network.Client().Height(ctx)
	if err != nil {
		return Report{}, err
	}
	stakes := map[string]uint64{}
	for _, v := range network.Validators() {
		if stakes[v.Name], err = (accountant{network, start}).staked(ctx, v.Owner); err != nil {
			return Report{}, err
		}
	}
	b := &board{out: o.Out, terminal: o.Terminal, network: network}
	fmt.Fprintf(o.Out, "watching %d epochs of each subnet\n", o.Epochs)
	graphs, sums, err := watch(ctx, network, b, o.Epochs)
	if err != nil {
		return Report{}, err
	}
	report := Report{Epochs: o.Epochs}
	for _, graph := range graphs {
		report.Height = max(report.Height, graph.Height)
	}
	books := accountant{network, report.Height}
	for i, graph := range graphs {
		subnet := o.Network.Subnets[i]
		fmt.Fprintf(o.Out, "%s: asking every miner %d held-out questions\n", subnet.Name, questions(subnet))
		one, err := observeSubnet(ctx, network, books, subnet, graph, stakes, sums[i])
		if err != nil {
			return report, fmt.Errorf("subnet %s: %w", subnet.Name, err)
		}
		report.Subnets = append(report.Subnets, one)
	}
	if report.Supply, err = books.agon(ctx); err != nil {
		return report, err
	}
	report.judge()
	b.results(report)
	return report, nil
}

// observeSubnet measures one subnet's miners and accounts for what everybody in it earned. stakes are what was behind each
// validator at the start, by name.
func observeSubnet(ctx context.Context, network *localnet.Network, books accountant, subnet localnet.Subnet, graph *chain.Metagraph, stakes map[string]uint64, t together) (SubnetResult, error) {
	out := SubnetResult{Netuid: graph.Netuid, Name: subnet.Name, Task: subnet.TaskKind, EpochsTogether: t.epochs}
	accuracies, err := measure(ctx, network, subnet, graph)
	if err != nil {
		return out, err
	}
	accused, err := accusations(localnet.Of(graph.Netuid, network.Validators()))
	if err != nil {
		return out, err
	}
	var owners []string
	for _, m := range localnet.Of(graph.Netuid, network.Miners()) {
		neuron, ok := graph.ByHotkey(m.Hotkey)
		if !ok {
			return out, fmt.Errorf("%s lost its uid", m.Name)
		}
		earned, err := books.staked(ctx, m.Owner)
		if err != nil {
			return out, err
		}
		accuracy := accuracies[neuron.UID]
		out.Miners = append(out.Miners, MinerResult{
			Name: m.Name, Kind: m.Kind, UID: neuron.UID,
			HeldOutAccuracy: accuracy.Mean, AccuracyLower: accuracy.Lower, AccuracyUpper: accuracy.Upper,
			Incentive: fraction(neuron.Incentive), Earned: earned, EarnedTogether: t.earned[m.Hotkey],
			Accused: accused[m.Hotkey],
		})
		owners = append(owners, m.Owner)
	}
	for _, v := range localnet.Of(graph.Netuid, network.Validators()) {
		neuron, ok := graph.ByHotkey(v.Hotkey)
		if !ok {
			return out, fmt.Errorf("%s lost its uid", v.Name)
		}
		now, err := books.staked(ctx, v.Owner)
		if err != nil {
			return out, err
		}
		result := ValidatorResult{Name: v.Name, Kind: v.Kind, UID: neuron.UID, Stake: stakes[v.Name]}
		if now > result.Stake {
			result.Earned = now - result.Stake
		}
		if result.Stake > 0 {
			result.EarnedPerStake = float64(result.Earned) / float64(result.Stake)
		}
		out.Validators = append(out.Validators, result)
		owners = append(owners, v.Owner)
	}
	if out.Cases, out.Bindings, err = books.duties(ctx, graph.Netuid); err != nil {
		return out, err
	}
	out.Token, err = books.token(ctx, graph.Netuid, owners)
	return out, err
}

// accusations are what the first honest validator's scores say, by hotkey of the miner.
func accusations(validators []*localnet.Participant) (map[string]string, error) {
	out := map[string]string{}
	for _, v := range validators {
		if v.Kind != honest {
			continue
		}
		scores, err := validator.ReadScores(v.Home, 0)
		if err != nil {
			return nil, err
		}
		for _, m := range scores.Miners {
			out[string(m.Miner)] = m.Accused
		}
		break
	}
	return out, nil
}

// watch draws the leaderboards until enough epochs of each subnet have ended, and returns the metagraphs of that moment and what miners
// were paid together until then.
func watch(ctx context.Context, network *localnet.Network, b *board, epochs uint64) ([]*chain.Metagraph, []together, error) {
	ticker := time.NewTicker(network.Config().BlockTime)
	defer ticker.Stop()
	graphs := make([]*chain.Metagraph, len(network.Config().Subnets))
	first, last := make([]uint64, len(graphs)), make([]uint64, len(graphs))
	sums := make([]together, len(graphs))
	for known := false; ; known = true {
		done, ended := true, make([]bool, len(graphs))
		for i := range graphs {
			graph, err := network.Client().Metagraph(ctx, localnet.Netuid+uint32(i))
			if err != nil {
				return nil, nil, err
			}
			if graph.Epoch.Paused {
				return nil, nil, fmt.Errorf("the epoch of subnet %d failed: %s", graph.Netuid, graph.Epoch.Failure)
			}
			if !known {
				first[i], last[i] = graph.Epoch.Index, graph.Epoch.Index
			}
			graphs[i], ended[i], last[i] = graph, graph.Epoch.Index > last[i], graph.Epoch.Index
			if ended[i] {
				sums[i].add(localnet.Of(graph.Netuid, network.Miners()), graph)
			}
			done = done && last[i]-first[i] >= epochs
		}
		b.draw(graphs, first, epochs, ended)
		if done {
			return graphs, sums, nil
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-ticker.C:
		}
	}
}
