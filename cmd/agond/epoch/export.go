package epoch

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/agon-chain/agon/chain"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma/scenario"
)

func exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export NETUID",
		Short: "Write what a subnet's next epoch reckons on as a file for agond epoch replay",
		Long: `Write what a subnet's next epoch reckons on (stake, weights, bonds, permits, parameters, emission) as one JSON document, from which
agond epoch replay computes the epoch without a chain.

An epoch reckons on the state that the block left with which it ends. As of that block's height the document is what the chain takes, and
replaying it gives what the chain writes in the next block, bit for bit. Before it, the document is what the epoch would take if nothing
changed; a line on standard error says which of the two it is. With --last it is the last epoch that ended, as it was.`,
		Example: `agond epoch export 1 > next.json
agond epoch export 1 --last | agond epoch replay - | jq '.scenarios[0].epochs[0].incentive_u16'
agond epoch export 1 --mechanism 1 > second.json   # of a subnet with several scoring mechanisms
agond epoch export 1 --height 7200   # on a node that keeps old states`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			netuid, err := strconv.ParseUint(args[0], 10, 32)
			if err != nil {
				return fmt.Errorf("netuid %q: give a whole number, such as 1: agond query subnet subnets lists them", args[0])
			}
			clientCtx, err := client.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			last, err := cmd.Flags().GetBool("last")
			if err != nil {
				return err
			}
			mechanism, err := cmd.Flags().GetUint32("mechanism")
			if err != nil {
				return err
			}
			height := clientCtx.Height
			if last {
				if height, err = lastEnd(cmd, clientCtx, uint32(netuid)); err != nil {
					return err
				}
			}
			in, err := chain.FetchEpochInput(cmd.Context(), scoringtypes.NewQueryClient(clientCtx), uint32(netuid), mechanism, height)
			if err != nil {
				return err
			}
			if in.Final() {
				fmt.Fprintf(cmd.ErrOrStderr(), "epoch %d of %s as it ends with block %d\n", in.Index, name(in), in.Block)
			} else {
				fmt.Fprintf(cmd.ErrOrStderr(), "epoch %d of %s as it would end with block %d if nothing changed after block %d\n",
					in.Index, name(in), in.Block, in.Height)
			}
			return write(cmd.OutOrStdout(), Document(in))
		},
	}
	flags.AddQueryFlagsToCmd(cmd)
	cmd.Flags().Uint32("mechanism", 0, "the scoring mechanism, where the subnet has several")
	cmd.Flags().Bool("last", false, "export the last epoch that ended, from the state of its block")
	return cmd
}

// lastEnd is the block with which a subnet's last epoch ended.
func lastEnd(cmd *cobra.Command, clientCtx client.Context, netuid uint32) (int64, error) {
	r, err := scoringtypes.NewQueryClient(clientCtx).Epoch(cmd.Context(), &scoringtypes.QueryEpochRequest{Netuid: netuid})
	if err != nil {
		return 0, err
	}
	if r.Epoch.LastStepBlock == 0 && r.Epoch.DueAt == 0 {
		return 0, fmt.Errorf("subnet %d has not started; its owner starts it with agond subnet start %d", netuid, netuid)
	}
	if r.Epoch.LastStepBlock == 0 {
		return 0, fmt.Errorf("no epoch of subnet %d has ended yet; the first ends with block %d", netuid, r.Epoch.DueAt)
	}
	return r.Epoch.LastStepBlock, nil
}

// name of what an input is of; where a subnet has one mechanism that is the subnet.
func name(in *chain.EpochInput) string {
	if in.Mechanism == 0 {
		return fmt.Sprintf("subnet %d", in.Netuid)
	}
	return fmt.Sprintf("subnet %d, mechanism %d", in.Netuid, in.Mechanism)
}

// Document is an epoch's input as agond epoch replay reads it.
func Document(in *chain.EpochInput) scenario.Document {
	return scenario.Document{Format: scenario.Format, Scenarios: []scenario.Scenario{{
		Name: name(in),
		Epochs: []scenario.Epoch{{
			Label: fmt.Sprintf("epoch %d, block %d", in.Index, in.Block), Emission: in.Emission, MinerBurnBps: in.MinerBurnBps,
			Params: scenario.NewParams(in.Params), Input: scenario.NewInput(in.Input),
		}},
	}}}
}
