package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cosmos/cosmos-sdk/version"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/keys/keycmd"
)

const outputFlag = "output"

// NewRootCommand makes the whole command line.
func NewRootCommand() *cobra.Command {
	params.ConfigureSDK()
	root := &cobra.Command{
		Use:   "agon-gateway",
		Short: "Serve the experts of Agon by OpenAI's API",
		Long: `agon-gateway answers apps that speak OpenAI's API with the best miners of Agon's subnets, and pays them.

A new gateway: agon-gateway init, fund the key's address, agon-gateway customer and agon-gateway key for who may call, agon-gateway run.

Every setting is a flag, an environment variable (AGON_GATEWAY_CHAIN_ID for --chain-id) or a line of config.toml in the home
folder, in this order.`,
		Version:       version.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		// A command that runs refuses what is not one of its subcommands.
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(newInitCommand(), newRunCommand(), newDoctorCommand())
	root.AddCommand(keycmd.New(keycmd.Options{
		Flags: func(f *pflag.FlagSet) { gateway.AddFlags(f, "home", "database") },
		Database: func(cmd *cobra.Command) (string, error) {
			c, err := load(cmd)
			return c.DatabaseName(), err
		},
	})...)
	return root
}

// load reads the configuration that the command's flags belong to and judges it.
func load(cmd *cobra.Command) (gateway.Config, error) {
	c, err := gateway.Load(cmd.Flags(), os.LookupEnv)
	if err != nil {
		return gateway.Config{}, err
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
func logger(cmd *cobra.Command, c gateway.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // Validate has judged it
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), o))
	}
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), o))
}
