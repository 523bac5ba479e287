package query

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/agon-chain/agon/chain"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

// AddScoring puts the package's commands below `agond query scoring`.
func AddScoring(scoring *cobra.Command) {
	scoring.AddCommand(metagraphCommand(), explainCommand())
}

func netuidOf(arg string) (uint32, error) {
	netuid, err := strconv.ParseUint(arg, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("netuid %q: give a whole number, such as 1: agond query subnet subnets lists them", arg)
	}
	return uint32(netuid), nil
}

// wantsJSON says whether the flag or the configuration asks for JSON.
func wantsJSON(clientCtx client.Context) bool {
	return clientCtx.OutputFormat == flags.OutputFormatJSON
}

func writeJSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// flagMechanism names one of a subnet's scoring mechanisms.
const flagMechanism = "mechanism"

func mechanismFlag(cmd *cobra.Command) {
	cmd.Flags().Uint32(flagMechanism, 0, "one of the subnet's scoring mechanisms, counted from 0 (default: all together)")
	cmd.Flags().Lookup(flagMechanism).DefValue = ""
}

// mechanismOf is the mechanism asked for; nil for all together.
func mechanismOf(cmd *cobra.Command) (*uint32, error) {
	m, err := cmd.Flags().GetUint32(flagMechanism)
	if err != nil || !cmd.Flags().Changed(flagMechanism) {
		return nil, err
	}
	return &m, nil
}

// fetchMetagraph asks for a subnet, or one of its mechanisms, at the height that the context says.
func fetchMetagraph(cmd *cobra.Command, clientCtx client.Context, netuid uint32, mechanism *uint32) (*chain.Metagraph, error) {
	r, err := scoringtypes.NewQueryClient(clientCtx).Metagraph(cmd.Context(), &scoringtypes.QueryMetagraphRequest{Netuid: netuid, Mechanism: mechanism})
	if err != nil {
		return nil, err
	}
	return chain.DecodeMetagraph(r)
}
