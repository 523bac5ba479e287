// Command agon-gateway serves the experts of Agon to app builders.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/agon-chain/agon/cmd/agon-gateway/cmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks to finish; with its handler gone, the second one ends the process.
	context.AfterFunc(ctx, stop)
	if err := cmd.NewRootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "agon-gateway:", strings.Join(strings.Fields(err.Error()), " "))
		os.Exit(1)
	}
}
