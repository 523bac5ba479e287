package query

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	sdkclient "github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/internal/display"
	"github.com/agon-chain/agon/x/scoring/explain"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
)

// errDiffers says that this program and the chain reckon the same epoch differently.
var errDiffers = errors.New("the chain's result is another than what this program reckons from the same input; its version may differ from the node's")

func explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain NETUID UID|HOTKEY",
		Short: "Say in words and numbers why a neuron earned what it earned in the last epoch",
		Long: `Say in words and numbers why a neuron earned what it earned in the last epoch: each validator's weight on it, the consensus, what was
clipped, its bonds, its shares of the emission; with --why-not the causes that kept it from earning, and what to do about each.

The epoch is reckoned again on this side, from the state of the block with which it ended, and compared with what the chain wrote; so the
node must still have that state. With --height it is the epoch that was the last at that height.

Where the subnet had several scoring mechanisms in that epoch, each is explained in turn, and JSON is a list of one document for each; with
--mechanism only that one is.`,
		Example: `agond query scoring explain 1 7
agond query scoring explain 1 7 --mechanism 1
agond query scoring explain 1 agon1... --why-not
agond query scoring explain 1 7 --output json | jq .shares`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			clientCtx, err := sdkclient.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			netuid, err := netuidOf(args[0])
			if err != nil {
				return err
			}
			whyNot, err := cmd.Flags().GetBool("why-not")
			if err != nil {
				return err
			}
			all, err := cmd.Flags().GetBool("all")
			if err != nil {
				return err
			}
			only, err := mechanismOf(cmd)
			if err != nil {
				return err
			}
			ended, err := lastEpoch(cmd, clientCtx, netuid)
			if err != nil {
				return err
			}
			mechanisms, err := ended.mechanisms(only)
			if err != nil {
				return err
			}
			var documents []any
			for i, mechanism := range mechanisms {
				e, o, err := ended.explained(cmd, clientCtx, mechanism, args[1])
				if err != nil {
					return err
				}
				o.AllRows = all
				if wantsJSON(clientCtx) {
					documents = append(documents, document(e, o, whyNot))
					continue
				}
				if err := ended.heading(cmd.OutOrStdout(), i, mechanism); err != nil {
					return err
				}
				write := explain.Text
				if whyNot {
					write = explain.WhyNotText
				}
				if err := write(cmd.OutOrStdout(), e, o); err != nil {
					return err
				}
			}
			switch {
			case !wantsJSON(clientCtx):
				return nil
			case len(mechanisms) == 1:
				return writeJSON(cmd.OutOrStdout(), documents[0])
			}
			return writeJSON(cmd.OutOrStdout(), documents)
		},
	}
	flags.AddQueryFlagsToCmd(cmd)
	mechanismFlag(cmd)
	cmd.Flags().Bool("why-not", false, "say what kept the neuron from earning")
	cmd.Flags().Bool("all", false, fmt.Sprintf("show all rows of a table, not only the %d largest", explain.MaxRows))
	return cmd
}

// document is what JSON says of an epoch.
func document(e *yuma.Explanation, o explain.Options, whyNot bool) any {
	if whyNot {
		return explain.WhyNot(e, o)
	}
	return e
}

// pastEpoch is a subnet's last epoch.
type pastEpoch struct {
	netuid uint32
	epoch  scoringtypes.Epoch // that runs now
}

// lastEpoch is the last epoch of a subnet that has ended.
func lastEpoch(cmd *cobra.Command, clientCtx sdkclient.Context, netuid uint32) (pastEpoch, error) {
	r, err := scoringtypes.NewQueryClient(clientCtx).Epoch(cmd.Context(), &scoringtypes.QueryEpochRequest{Netuid: netuid})
	if err != nil {
		return pastEpoch{}, err
	}
	if r.Epoch.LastStepBlock == 0 && r.Epoch.DueAt == 0 {
		return pastEpoch{}, fmt.Errorf("subnet %d has not started; its owner starts it with agond subnet start %d", netuid, netuid)
	}
	if r.Epoch.LastStepBlock == 0 {
		return pastEpoch{}, fmt.Errorf("no epoch of subnet %d has ended yet; the first ends with block %d", netuid, r.Epoch.DueAt)
	}
	return pastEpoch{netuid, r.Epoch}, nil
}

// mechanisms are those that are to be explained: all of the epoch's, or the one asked for.
func (l pastEpoch) mechanisms(only *uint32) ([]uint32, error) {
	had := l.epoch.LastMechanisms()
	if only != nil {
		if *only >= had {
			return nil, fmt.Errorf("mechanism is %d, subnet %d had 0 to %d in epoch %d", *only, l.netuid, had-1, l.epoch.Index-1)
		}
		return []uint32{*only}, nil
	}
	all := make([]uint32, had)
	for m := range all {
		all[m] = uint32(m)
	}
	return all, nil
}

// heading says which mechanism the next text is about, where there are several.
func (l pastEpoch) heading(w io.Writer, nth int, mechanism uint32) error {
	if l.epoch.LastMechanisms() < 2 {
		return nil
	}
	gap := ""
	if nth > 0 {
		gap = "\n"
	}
	_, err := fmt.Fprintf(w, "%sMechanism %d, %s of the subnet's emission\n\n", gap, mechanism, display.Percent(uint64(l.epoch.LastMechanismSplit[mechanism])))
	return err
}

// explained reckons a mechanism of the epoch again and explains one neuron's part in it.
func (l pastEpoch) explained(cmd *cobra.Command, clientCtx sdkclient.Context, mechanism uint32, who string) (*yuma.Explanation, explain.Options, error) {
	at := l.epoch.LastStepBlock
	in, err := chain.FetchEpochInput(cmd.Context(), scoringtypes.NewQueryClient(clientCtx), l.netuid, mechanism, at)
	if err != nil {
		return nil, explain.Options{}, kept(err, at)
	}
	if !in.Final() || in.Index+1 != l.epoch.Index {
		return nil, explain.Options{}, fmt.Errorf("state of block %d is of epoch %d that ends with block %d, not of epoch %d", at, in.Index, in.Block, l.epoch.Index-1)
	}
	after, err := fetchMetagraph(cmd, clientCtx.WithHeight(at+1), l.netuid, &mechanism)
	if err != nil {
		return nil, explain.Options{}, kept(err, at+1)
	}
	uid, err := uidOf(after, in.Input.N, who)
	if err != nil {
		return nil, explain.Options{}, err
	}
	if err := sameResult(in, after); err != nil {
		return nil, explain.Options{}, err
	}
	e, err := yuma.Explain(in.Params, in.Input, uid)
	if err != nil {
		return nil, explain.Options{}, err
	}
	o := explain.Options{Decimals: display.Decimals, Unit: "tokens"}
	for _, n := range after.Neurons[:in.Input.N] {
		o.Names = append(o.Names, n.Hotkey)
		o.Paid = append(o.Paid, n.Emission)
	}
	return e, o, nil
}

// kept says what to do where a node has dropped an old state.
func kept(err error, height int64) error {
	if strings.Contains(err.Error(), "version") {
		return fmt.Errorf("%w; the node may not keep the state of block %d any more: ask one that does with --node, or set pruning to keep more in app.toml", err, height)
	}
	return err
}

// uidOf reads a uid or a hotkey.
func uidOf(m *chain.Metagraph, n int, who string) (int, error) {
	if uid, ok := m.UIDOf(who); ok && int(uid) < n {
		return int(uid), nil
	}
	uid, err := strconv.ParseUint(who, 10, 16)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no uid and no hotkey that took part in the epoch: agond query scoring metagraph %d lists them", who, m.Netuid)
	case uid >= uint64(n):
		return 0, fmt.Errorf("uid %d took no part in the epoch, which had uids 0 to %d", uid, n-1)
	}
	return int(uid), nil
}

// sameResult compares what this program reckons with what the chain wrote. Neurons that were replaced in the block after the
// epoch have nothing to compare.
func sameResult(in *chain.EpochInput, after *chain.Metagraph) error {
	var w yuma.Workspace
	var out yuma.Output
	if err := w.Run(in.Params, in.Input, &out); err != nil {
		return err
	}
	if len(after.Neurons) < in.Input.N {
		return fmt.Errorf("%w: %d neurons of %d", errDiffers, len(after.Neurons), in.Input.N)
	}
	for uid := range in.Input.N {
		n := after.Neurons[uid]
		if n.RegisteredAt != int64(in.Input.RegisteredAt[uid]) {
			continue
		}
		got := [...]uint16{n.StakeWeight, n.Consensus, n.Incentive, n.Dividends, n.ValidatorTrust}
		want := [...]uint16{out.StakeWeight[uid], out.Consensus[uid], out.Incentive[uid], out.Dividends[uid], out.ValidatorTrust[uid]}
		if got != want || n.Permit != out.Permits[uid] || n.Active != out.Active[uid] {
			return fmt.Errorf("%w: uid %d", errDiffers, uid)
		}
	}
	return nil
}
