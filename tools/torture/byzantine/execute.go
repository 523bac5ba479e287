package byzantine

import (
	"fmt"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cast"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/cmd/agond/cmd"
)

// What a hostile build does, for flag --does.
const (
	Garbage = "garbage" // proposes blocks of garbage
	Lies    = "lies"    // answers another hash of the state
)

// settings of a hostile build, beside agond's.
type settings struct {
	does string
	seed uint64
	key  string
}

// Execute runs a command line of agond, which begins with --does, --seed and --key; `start` runs the hostile application.
func Execute(args []string) error {
	root, err := cmd.NewRootCommand()
	if err != nil {
		return err
	}
	start, _, err := root.Find([]string{"start"})
	if err != nil {
		return err
	}
	var s settings
	f := root.PersistentFlags()
	f.StringVar(&s.does, "does", Garbage, Garbage+" or "+Lies)
	f.Uint64Var(&s.seed, "seed", 1, "of the choices")
	f.StringVar(&s.key, "key", "node", "key of the validator's account, in the keyring of backend test")
	root.RemoveCommand(start)
	root.AddCommand(server.StartCmd(s.newApp, app.DefaultHome()))
	root.SetArgs(args)
	return svrcmd.Execute(root, cmd.EnvPrefix, app.DefaultHome())
}

// newApp builds the application. The server's interface leaves no room for an error, as in agond.
func (s *settings) newApp(logger log.Logger, db dbm.DB, options servertypes.AppOptions) servertypes.Application {
	base := append(server.DefaultBaseappOptions(options), baseapp.SetOptimisticExecution())
	node, err := app.New(logger, db, options, base...)
	if err != nil {
		panic(err)
	}
	home := cast.ToString(options.Get(flags.FlagHome))
	switch s.does {
	case Lies:
		return liar{node}
	case Garbage:
		key, err := readKey(node, home, s.key)
		if err != nil {
			panic(err)
		}
		return &garbler{App: node, forge: newForge(node, key, s.seed), book: Book(home)}
	}
	panic(fmt.Errorf("--does is %q, %s or %s", s.does, Garbage, Lies))
}
