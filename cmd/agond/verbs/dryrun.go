package verbs

import (
	"strconv"

	"github.com/spf13/pflag"

	"github.com/cosmos/cosmos-sdk/client/flags"
)

// dryRun is the value of --dry-run. Its text is no boolean on purpose: what the SDK reads as its own flag of this name takes the
// keyring away, and then neither --from nor gas could be told.
type dryRun bool

func (d *dryRun) String() string {
	if d != nil && *d {
		return "nothing is sent"
	}
	return ""
}

func (d *dryRun) Set(text string) error {
	v, err := strconv.ParseBool(text)
	*d = dryRun(v)
	return err
}

func (d *dryRun) Type() string { return "bool" }

// addDryRun adds the flag.
func addDryRun(set *pflag.FlagSet) {
	set.Var(new(dryRun), flags.FlagDryRun, "show what would happen and send nothing")
	set.Lookup(flags.FlagDryRun).NoOptDefVal = "true"
}

// isDryRun reads it.
func isDryRun(set *pflag.FlagSet) bool { return set.Lookup(flags.FlagDryRun).Value.String() != "" }
