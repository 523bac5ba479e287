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

// fetchMetagraph asks for a subnet at the height that the context says.
func fetchMetagraph(cmd *cobra.Command, clientCtx client.Context, netuid uint32) (*chain.Metagraph, error) {
	r, err := scoringtypes.NewQueryClient(clientCtx).Metagraph(cmd.Context(), &scoringtypes.QueryMetagraphRequest{Netuid: netuid})
	if err != nil {
		return nil, err
	}
	return chain.DecodeMetagraph(r)
}
