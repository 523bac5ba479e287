package bare

import (
	"context"
	"os"
	"path/filepath"

	cmtconfig "github.com/cometbft/cometbft/config"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cobra"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
)

// Command is `bare start`: a node over a home that `agond init` wrote. The application knows fewer modules than the genesis has
// parts; it takes those that it knows.
func Command() *cobra.Command {
	root := &cobra.Command{
		Use: Name, Short: "A node of the SDK's own modules and nothing else",
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			home, err := cmd.Flags().GetString(flags.FlagHome)
			if err != nil {
				return err
			}
			ctx := context.WithValue(cmd.Context(), client.ClientContextKey, &client.Context{})
			cmd.SetContext(context.WithValue(ctx, server.ServerContextKey, server.NewDefaultContext()))
			if err := client.SetCmdClientContextHandler(client.Context{}.WithHomeDir(home).WithInput(os.Stdin), cmd); err != nil {
				return err
			}
			return server.InterceptConfigsPreRunHandler(cmd, "", nil, cmtconfig.DefaultConfig())
		},
	}
	create := func(logger log.Logger, db dbm.DB, options servertypes.AppOptions) servertypes.Application {
		a, err := newApplication(logger, db, options, server.DefaultBaseappOptions(options)...)
		if err != nil {
			panic(err) // the server's interface leaves no room for an error
		}
		return a
	}
	root.AddCommand(server.StartCmd(create, filepath.Join(os.TempDir(), Name)))
	return root
}
