// Command agon-validator examines the miners of a subnet and sets weights.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/agon-chain/agon/cmd/agon-validator/cmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends gracefully; from then on signals have their default effect, so that a second one forces the end.
	context.AfterFunc(ctx, stop)
	if err := cmd.NewRootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "agon-validator:", strings.Join(strings.Fields(err.Error()), " "))
		os.Exit(1)
	}
}
