// Command throughput measures how many transactions a second one node takes into blocks: Agon's own kinds beside plain
// transfers, and beside the transfers of a bare SDK application, on this machine in this run.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/tools/throughput/bare"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "throughput:", err)
		os.Exit(1)
	}
}

type options struct {
	agond, dir, profile string
	txs, accounts       int
	positions           int
	bare, agon          bool
	set                 map[string]string
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use: "throughput", Short: "Measure transactions per second of one node beside a bare SDK application",
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.agond, "agond", "bin/agond", "the node's program")
	f.StringVar(&o.dir, "dir", "", "where homes are kept; a temporary folder if empty")
	f.StringVar(&o.profile, "cpu-profile", "", "folder for a processor profile of each node")
	f.IntVar(&o.txs, "txs", 20_000, "transactions of each kind")
	f.IntVar(&o.accounts, "accounts", 1_000, "accounts that send them")
	f.IntVar(&o.positions, "positions", 0, "positions that fill the state of subnet 1 before stake is measured")
	f.BoolVar(&o.bare, "bare", true, "measure the bare application")
	f.BoolVar(&o.agon, "agon", true, "measure Agon")
	f.StringToStringVar(&o.set, "set", nil, "settings of Agon's node by file and key: comet.recheck=false,app.block-executor=block-stm")
	cmd.AddCommand(bare.Command())
	return cmd
}

func run(ctx context.Context, o options) error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "throughput-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	encoding, err := chain.NewEncoding()
	if err != nil {
		return err
	}
	report := func(chain, kind string, out outcome) {
		bz, _ := json.Marshal(out)
		fmt.Printf("%-6s %-12s %8.0f/s  %s\n", chain, kind, out.Rate, bz)
	}
	if o.bare {
		w := newNetwork(o, "bare", []string{self, bare.Name, "start"}, 36_000, encoding)
		w.unlimited = true
		if err := w.up(ctx, o); err != nil {
			return err
		}
		defer w.stop()
		out, err := w.sends(ctx, o.txs)
		if err != nil {
			return err
		}
		report("bare", "send", out)
		w.stop()
	}
	if !o.agon {
		return nil
	}
	w := newNetwork(o, "agon", []string{o.agond, "start"}, 36_100, encoding)
	w.grpc = true
	w.settings.comet, w.settings.app = map[string]string{}, map[string]string{}
	for key, value := range o.set {
		switch file, name, _ := strings.Cut(key, "."); file {
		case "comet":
			w.settings.comet[name] = toml(value)
		case "app":
			w.settings.app[name] = toml(value)
		default:
			return fmt.Errorf("--set %s: the key begins with comet. or app", key)
		}
	}
	if err := w.up(ctx, o); err != nil {
		return err
	}
	defer w.stop()
	return w.measure(ctx, o, report)
}

// toml is a value as a file of settings has it: numbers, truth values and lists as they are, words in quotes.
func toml(value string) string {
	if _, err := strconv.ParseFloat(value, 64); err == nil || value == "true" || value == "false" || strings.HasPrefix(value, "[") {
		return value
	}
	return strconv.Quote(value)
}

// measure drives each kind in turn.
func (w *network) measure(ctx context.Context, o options, report func(chain, kind string, out outcome)) error {
	out, err := w.sends(ctx, o.txs)
	if err != nil {
		return err
	}
	report("agon", "send", out)
	h := subnettypes.DefaultHyperparams()
	h.Tempo, h.MaxNeurons, h.MaxValidators, h.MaxRegistrationsPerBlock = tempo, neurons, neurons, 64
	h.MinRegistrationPrice, h.RegistrationPriceStepBps = 1_000_000, 10_000
	h.ExamReceipts, h.ExamOpenings, h.WeightsInterval = 0, 0, 0
	h.StakeThreshold = 1
	if err := w.open(ctx, h); err != nil {
		return err
	}
	if o.positions > 0 {
		if err := w.prefill(ctx, o.agond, o.positions); err != nil {
			return err
		}
	}
	if out, err = w.stakeAdds(ctx, o.txs); err != nil {
		return err
	}
	report("agon", "stake-add", out)
	if out, err = w.transfers(ctx, o.txs); err != nil {
		return err
	}
	report("agon", "transfer", out)
	first, err := w.freshEpochs(ctx, nil)
	if err != nil {
		return err
	}
	if out, err = w.commits(ctx, first); err != nil {
		return err
	}
	report("agon", "commit", out)
	if _, err := w.freshEpochs(ctx, first); err != nil {
		return err
	}
	if out, err = w.reveals(ctx, first); err != nil {
		return err
	}
	report("agon", "reveal", out)
	return nil
}

// newNetwork derives the accounts; nothing is written or started.
func newNetwork(o options, name string, program []string, port int, encoding chain.Encoding) *network {
	w := &network{
		node:   &node{name: name, home: filepath.Join(o.dir, name), program: program, port: port},
		signer: signer{encoding},
	}
	if o.profile != "" {
		w.profile = filepath.Join(o.profile, name+".cpu")
	}
	for i := range o.accounts {
		w.holders = append(w.holders, newAccount("holder", i))
	}
	for i := range neurons {
		w.hotkeys = append(w.hotkeys, newAccount("hotkey", i))
	}
	return w
}

// up lays the home and starts the node. The genesis gives accounts their numbers in order: the node's operator has the first.
func (w *network) up(ctx context.Context, o options) error {
	var addresses []string
	for i, a := range append(w.holders[:len(w.holders):len(w.holders)], w.hotkeys...) {
		a.number = uint64(i + 1)
		addresses = append(addresses, a.address.String())
	}
	err := w.lay(ctx, o.agond, addresses, func(doc map[string]any) error {
		consensus := doc["consensus"].(map[string]any)["params"].(map[string]any)["block"].(map[string]any)
		if w.unlimited {
			consensus["max_gas"] = "-1"
		}
		// Eight subnets at one price that start at once, with pools that the load does not empty.
		params := doc["app_state"].(map[string]any)["subnet"].(map[string]any)["params"].(map[string]any)
		params["creation_cost_step_bps"] = 10_000
		params["start_delay"] = "0"
		params["min_creation_cost"] = strconv.FormatUint(creationCost, 10)
		return nil
	})
	if err != nil {
		return err
	}
	return w.start(ctx)
}
