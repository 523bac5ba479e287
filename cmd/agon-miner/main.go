// Command agon-miner serves an expert in a subnet of Agon.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/agon-chain/agon/cmd/agon-miner/cmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks to finish; with its handler gone, the second one ends the process.
	context.AfterFunc(ctx, stop)
	if err := cmd.NewRootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "agon-miner:", strings.Join(strings.Fields(err.Error()), " "))
		os.Exit(1)
	}
}
