package epoch

import (
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
)

// Command is `agond epoch`.
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "epoch",
		Short: "Export, reckon again and attack epochs of Yuma consensus",
		Long: "Export, reckon again and attack epochs of Yuma consensus. What the chain computes is a pure function of a state that anyone " +
			"can ask a node for: export writes it to a file, replay computes the epoch from such a file without a chain.",
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(exportCommand(), replayCommand(), attackCommand())
	return cmd
}
