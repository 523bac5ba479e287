package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/version"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task/registry"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/validator/dishonest"
)

// NewRootCommand is agon-validator with all its commands. Errors are for the caller to print.
func NewRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "agon-validator",
		Short: "Examine the miners of a subnet and set weights",
		Long: `agon-validator follows the chain, asks a subnet's miners what a user might ask, judges the answers, and commits and
reveals weights in every epoch.

Every setting is a flag, an environment variable (` + validator.EnvPrefix + `RPC for --rpc) or a field of config.toml in --home; the first
of these that is set counts.`,
		Example: `  agon-validator init --chain-id agon-1 --netuid 1
  agon-validator keys show
  agon-validator register
  agon-validator run --data-dir ./udhr
  agon-validator scores
  agon-validator evidence
  agon-validator calibrate --url http://127.0.0.1:8080/v1 --file model.gguf --text ./text`,
		Version:       version.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRun: func(*cobra.Command, []string) {
			params.ConfigureSDK()
		},
	}
	root.PersistentFlags().String("home", defaultHome(), "folder of configuration, keys and data")
	root.AddCommand(newInit(), newKeys(), newRegister(), newRun(), newScores(), newEvidence(), newCalibrate())
	return root
}

func defaultHome() string {
	if h, ok := os.LookupEnv(validator.EnvPrefix + "HOME"); ok {
		return h
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return ".agon-validator"
	}
	return filepath.Join(dir, ".agon-validator")
}

// configured adds the flags of the configuration to a command.
func configured(c *cobra.Command) *cobra.Command {
	defaults := validator.DefaultConfig()
	c.Flags().AddFlagSet(defaults.Flags())
	return c
}

func home(c *cobra.Command) string {
	h, _ := c.Flags().GetString("home") // it is there: the root has it
	return h
}

// load reads the configuration of a command that was made by configured.
func load(c *cobra.Command) (validator.Config, error) {
	return validator.LoadConfig(home(c), c.Flags(), os.LookupEnv)
}

func options(c *cobra.Command, config validator.Config) validator.Options {
	return validator.Options{
		Tasks: registry.Tasks(), Strategy: dishonest.Choose(config), Input: c.InOrStdin(), Log: newLogger(c.ErrOrStderr(), config),
	}
}

func newLogger(w io.Writer, config validator.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(config.LogLevel)) // the configuration was validated
	o := &slog.HandlerOptions{Level: level}
	if config.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func newInit() *cobra.Command {
	return configured(&cobra.Command{
		Use:   "init",
		Short: "Write config.toml and make the owner's and the hotkey's keys",
		Long: `init writes config.toml with every setting explained, and makes two keys: "owner", which holds the funds and pays, and
"hotkey", which signs for the validator. Each new key's mnemonic is shown once: write it down. On a machine that is not to hold the owner's
funds, delete that key afterwards and register the hotkey from elsewhere.`,
		Example: "  agon-validator init --chain-id agon-1 --netuid 1",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := load(c)
			if err != nil {
				return err
			}
			if err := validator.WriteConfig(config); err != nil {
				return err
			}
			keys, err := config.OpenKeyring(c.InOrStdin())
			if err != nil {
				return err
			}
			for _, name := range []string{chain.KeyOwner, config.SigningKey} {
				if err := makeKey(c, keys, name); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

func newKeys() *cobra.Command {
	keys := &cobra.Command{Use: "keys", Short: "The validator's keys"}
	show := configured(&cobra.Command{
		Use:   "show",
		Short: "Print names and addresses",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := load(c)
			if err != nil {
				return err
			}
			ring, err := config.OpenKeyring(c.InOrStdin())
			if err != nil {
				return err
			}
			names, err := ring.Names()
			if err != nil {
				return err
			}
			if len(names) == 0 {
				return fmt.Errorf("no keys in %s; make them with: agon-validator init --home %s", config.Home, config.Home)
			}
			for _, name := range names {
				address, err := ring.Address(name)
				if err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "%s %s\n", name, address)
			}
			return nil
		},
	})
	add := configured(&cobra.Command{
		Use:   "add NAME",
		Short: "Make a key, to sign for the hotkey once its owner has swapped the old one",
		Long: `add makes a key beside those that there are, and prints its address. Its mnemonic is shown once: write it down. Once the owner has said that it signs for the hotkey
(agond hotkey swap), set signing_key in config.toml to its name and start the validator again.`,
		Example: "  agon-validator keys add hotkey2",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			config, err := load(c)
			if err != nil {
				return err
			}
			ring, err := config.OpenKeyring(c.InOrStdin())
			if err != nil {
				return err
			}
			return makeKey(c, ring, args[0])
		},
	})
	keys.AddCommand(show, add)
	return keys
}

// makeKey makes a key unless there is one of the name, shows its mnemonic once and its address.
func makeKey(c *cobra.Command, keys *chain.Keyring, name string) error {
	created, mnemonic, err := keys.Ensure(name)
	if err != nil {
		return err
	}
	address, err := keys.Address(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s %s\n", name, address)
	if created {
		fmt.Fprintf(c.ErrOrStderr(), "mnemonic of %s, shown this once: %s\n", name, mnemonic)
	}
	return nil
}

func newRegister() *cobra.Command {
	return configured(&cobra.Command{
		Use:   "register",
		Short: "Register the hotkey in the subnet and grant it its fees, paid by the owner",
		Example: `  agon-validator register --netuid 1
  agon-validator register --max-registration-price 2000000000`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := load(c)
			if err != nil {
				return err
			}
			return validator.Register(c.Context(), config, options(c, config))
		},
	})
}

func newRun() *cobra.Command {
	return configured(&cobra.Command{
		Use:   "run",
		Short: "Examine, commit and reveal until stopped",
		Long: `run examines the subnet's miners and sets weights until it is stopped. It may be killed at any time: what it had found and
promised is on disk, and the next start goes on from there.`,
		Example: `  agon-validator run --data-dir ./udhr
  agon-validator run --register --log-format json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := load(c)
			if err != nil {
				return err
			}
			return validator.Run(c.Context(), config, options(c, config))
		},
	})
}

func newScores() *cobra.Command {
	var output string
	var mechanism uint32
	var hardware bool
	c := &cobra.Command{
		Use:   "scores",
		Short: "Print the moving scores of all miners, best first",
		Long: `scores prints what the validator thinks of every miner, as of its last round. It reads a file that the daemon writes, and so works
while it runs and while it does not. With --hardware it prints what the miners report of their machines, which proves nothing, and which devices answered
its challenges.`,
		Example: `  agon-validator scores
  agon-validator scores --output json
  agon-validator scores --mechanism 1
  agon-validator scores --hardware`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var r interface{ Table(io.Writer) error }
			var err error
			if hardware {
				r, err = validator.ReadHardware(home(c), mechanism)
			} else {
				r, err = validator.ReadScores(home(c), mechanism)
			}
			if err != nil {
				return err
			}
			switch output {
			case "text":
				return r.Table(c.OutOrStdout())
			case "json":
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(r)
			}
			return fmt.Errorf("--output is %q, want text or json", output)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	c.Flags().BoolVar(&hardware, "hardware", false, "what the miners' hardware said of itself, and what of it was attested")
	c.Flags().Uint32Var(&mechanism, "mechanism", 0, "scoring mechanism whose validator is asked")
	return c
}
