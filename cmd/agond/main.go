// Command agond runs a node of the Agon chain and is the command line for its transactions and queries.
package main

import (
	"fmt"
	"os"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/cmd/agond/cmd"
)

func main() {
	root, err := cmd.NewRootCommand()
	if err == nil {
		err = svrcmd.Execute(root, cmd.EnvPrefix, app.DefaultHome())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "agond:", err)
		os.Exit(1)
	}
}
