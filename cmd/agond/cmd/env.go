package cmd

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagsFromEnvironment sets every flag that was not given from its environment variable: --keyring-backend is
// AGOND_KEYRING_BACKEND. It runs before any file is read, so that AGOND_HOME decides which files those are.
func flagsFromEnvironment(cmd *cobra.Command) error {
	var errs []error
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		name := EnvPrefix + "_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(flag.Name))
		value, ok := os.LookupEnv(name)
		if flag.Changed || !ok {
			return
		}
		if err := cmd.Flags().Set(flag.Name, value); err != nil {
			errs = append(errs, fmt.Errorf("environment variable %s: %w", name, err))
		}
	})
	return errors.Join(errs...)
}
