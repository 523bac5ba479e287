package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/agon-chain/agon/localnet"
	"github.com/agon-chain/agon/tools/torture/byzantine"
)

// hostileWord is the first word of a command line of this program that is agond's hostile build.
const hostileWord = "byzantine"

// asHostile runs this program as agond's hostile build where its command line says so; done says that it did.
func asHostile() (done bool, err error) {
	if len(os.Args) < 2 || os.Args[1] != hostileWord {
		return false, nil
	}
	return true, byzantine.Execute(os.Args[2:])
}

// hostileNode is the node that gets a hostile build.
const hostileNode = nodes - 1

// turn restarts a node with a hostile build.
func (c *cluster) turn(node *localnet.Node, does string, seed uint64) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	node.Stop()
	node.Exchange(self, hostileWord, "--does", does, "--seed", strconv.FormatUint(seed, 10))
	return node.Start()
}

// back restarts it with the honest one.
func (c *cluster) back(node *localnet.Node) error {
	node.Stop()
	node.Exchange(filepath.Join(c.o.bin, "agond"))
	return node.Start()
}

// rollback takes the node's last block back, with agond's own command.
func (c *cluster) rollback(ctx context.Context, node *localnet.Node) error {
	out, err := exec.CommandContext(ctx, filepath.Join(c.o.bin, "agond"), "rollback", "--home", node.Home()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("agond rollback: %w: %s", err, out)
	}
	return nil
}
