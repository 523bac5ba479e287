package localnet

import (
	"context"
	"fmt"

	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/content/disk"
	modeltypes "github.com/agon-chain/agon/x/model/types"
)

// Publication is a model that the subnets' owner registers before anybody serves it: its first version is one file, or a folder.
type Publication struct {
	Name        string
	Path        string
	Description modeltypes.Description
}

// publish registers the models of a subnet.
func (n *Network) publish(ctx context.Context, s Subnet) error {
	owner, err := n.keys.Address(SubnetOwnerKey)
	if err != nil {
		return err
	}
	for _, p := range s.Models {
		found, err := disk.Find(p.Path)
		if err != nil {
			return err
		}
		files, err := found.Hash(ctx, nil)
		if err != nil {
			return err
		}
		root, err := content.Root(files)
		if err != nil {
			return err
		}
		_, err = n.Submit(ctx, n.keys, SubnetOwnerKey,
			&modeltypes.MsgCreateModel{Owner: owner.String(), Name: p.Name},
			&modeltypes.MsgPublishVersion{Owner: owner.String(), Model: p.Name, Root: root[:], Files: modeltypes.Stored(files), Description: p.Description})
		if err != nil {
			return fmt.Errorf("publish %s: %w", p.Name, err)
		}
	}
	return nil
}
