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
	switch {
	case err == nil:
	case root == nil:
		fmt.Fprintln(os.Stderr, "agond:", err)
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "agond:", cmd.Explain(root, os.Args[1:], err))
		os.Exit(1)
	}
}
