package query

import (
	"errors"
	"fmt"
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
node must still have that state. With --height it is the epoch that was the last at that height.`,
		Example: `agond query scoring explain 1 7
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
			e, o, err := explained(cmd, clientCtx, netuid, args[1])
			if err != nil {
				return err
			}
			o.AllRows = all
			switch {
			case whyNot && wantsJSON(clientCtx):
				return writeJSON(cmd.OutOrStdout(), explain.WhyNot(e, o))
			case whyNot:
				return explain.WhyNotText(cmd.OutOrStdout(), e, o)
			case wantsJSON(clientCtx):
				return writeJSON(cmd.OutOrStdout(), e)
			}
			return explain.Text(cmd.OutOrStdout(), e, o)
		},
	}
	flags.AddQueryFlagsToCmd(cmd)
	cmd.Flags().Bool("why-not", false, "say what kept the neuron from earning")
	cmd.Flags().Bool("all", false, fmt.Sprintf("show all rows of a table, not only the %d largest", explain.MaxRows))
	return cmd
}

// explained reckons a subnet's last epoch again and explains one neuron's part in it.
func explained(cmd *cobra.Command, clientCtx sdkclient.Context, netuid uint32, who string) (*yuma.Explanation, explain.Options, error) {
	client := scoringtypes.NewQueryClient(clientCtx)
	r, err := client.Epoch(cmd.Context(), &scoringtypes.QueryEpochRequest{Netuid: netuid})
	if err != nil {
		return nil, explain.Options{}, err
	}
	ended := r.Epoch.LastStepBlock
	if ended == 0 && r.Epoch.DueAt == 0 {
		return nil, explain.Options{}, fmt.Errorf("subnet %d has not started; its owner starts it with agond subnet start %d", netuid, netuid)
	}
	if ended == 0 {
		return nil, explain.Options{}, fmt.Errorf("no epoch of subnet %d has ended yet; the first ends with block %d", netuid, r.Epoch.DueAt)
	}
	in, err := chain.FetchEpochInput(cmd.Context(), client, netuid, ended)
	if err != nil {
		return nil, explain.Options{}, kept(err, ended)
	}
	if !in.Final() || in.Index+1 != r.Epoch.Index {
		return nil, explain.Options{}, fmt.Errorf("state of block %d is of epoch %d that ends with block %d, not of epoch %d", ended, in.Index, in.Block, r.Epoch.Index-1)
	}
	after, err := fetchMetagraph(cmd, clientCtx.WithHeight(ended+1), netuid)
	if err != nil {
		return nil, explain.Options{}, kept(err, ended+1)
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
