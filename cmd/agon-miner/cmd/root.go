package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/version"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/miner"
)

const outputFlag = "output"

// NewRootCommand makes the whole command line.
func NewRootCommand() *cobra.Command {
	params.ConfigureSDK()
	root := &cobra.Command{
		Use:   "agon-miner",
		Short: "Serve an expert in a subnet of Agon",
		Long: `agon-miner answers the questions of one subnet with one expert and is paid by how good its answers are.

A new miner: agon-miner init, fund the owner's address, agon-miner run --register.

Every setting is a flag, an environment variable (AGON_MINER_CHAIN_ID for --chain-id) or a line of config.toml in the home
folder, in this order.`,
		Version:       version.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		// A command that runs refuses what is not one of its subcommands.
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(newInitCommand(), newKeysCommand(), newRegisterCommand(), newRunCommand(), newClaimCommand(), newHardwareCommand(), newExpertsCommand(), newModelCommand())
	return root
}

// load reads the configuration that the command's flags belong to and judges it.
func load(cmd *cobra.Command) (miner.Config, error) {
	c, err := miner.Load(cmd.Flags(), os.LookupEnv)
	if err != nil {
		return miner.Config{}, err
	}
	return c, c.Validate()
}

func addOutput(cmd *cobra.Command) {
	cmd.Flags().String(outputFlag, "text", "form of the answer: text or json")
}

// answer writes to stdout: as JSON, or by the given function for people.
func answer(cmd *cobra.Command, value any, text func(io.Writer) error) error {
	form, err := cmd.Flags().GetString(outputFlag)
	if err != nil {
		return err
	}
	switch form {
	case "text":
		return text(cmd.OutOrStdout())
	case "json":
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetIndent("", "  ")
		return e.Encode(value)
	}
	return fmt.Errorf("--%s is %q, want text or json", outputFlag, form)
}

// logger writes to stderr.
func logger(cmd *cobra.Command, c miner.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // Validate has judged it
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), o))
	}
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), o))
}
