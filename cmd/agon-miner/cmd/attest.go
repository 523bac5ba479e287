package cmd

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/miner"
	"github.com/agon-chain/agon/miner/attestation"
	"github.com/agon-chain/agon/verify/attest"
)

// addHardware lets a miner sign what it tells of its hardware, and have it answer challenges.
func addHardware(o *miner.Options, k keys, log *slog.Logger) (err error) {
	c := o.Config
	if c.HardwareReport {
		if o.HotkeyAccount, o.HotkeySign, err = k.ring.AccountSigner(c.SigningKey); err != nil {
			log.Warn("no hardware report will be told: the hotkey's key cannot sign one", "error", err)
			o.HotkeySign = nil
		}
	}
	if c.AttestationCommand == "" {
		return nil
	}
	a, err := attestation.NewCommand(c.AttestationKind, c.AttestationCommand, c.AttestationTimeout)
	if err != nil {
		return fmt.Errorf("attestation-command: %w", err)
	}
	o.Attestor = a
	return nil
}

func newAttestCommand() *cobra.Command {
	var from sources
	cmd := &cobra.Command{
		Use:   "attest",
		Short: "Have the hardware answer a challenge, as a validator would",
		Long: `attest runs attestation-command once, for a challenge drawn here, and prints the evidence. With --roots (certificates below which the vendor
certifies devices, PEM), --service-roots (below which its service is certified, PEM) or --jwks (keys of its service) it verifies the evidence as a validator does and says which devices answered.`,
		Example: "  agon-miner attest --attestation-command '/usr/local/bin/attest.sh {nonce}' --roots vendor.pem",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(cmd)
			if err != nil {
				return err
			}
			if c.AttestationCommand == "" {
				return fmt.Errorf("%w: attestation-command is empty; set it in %s or with --attestation-command", miner.ErrConfig, miner.FileName)
			}
			verifiers, err := from.verifiers()
			if err != nil {
				return err
			}
			k, err := openKeys(cmd, c)
			if err != nil {
				return err
			}
			hotkey, err := k.ring.Address(c.SigningKey)
			if err != nil {
				return err
			}
			a, err := attestation.NewCommand(c.AttestationKind, c.AttestationCommand, c.AttestationTimeout)
			if err != nil {
				return err
			}
			b := attest.Binding{ChainID: c.ChainID, Netuid: uint16(c.Netuid), Hotkey: hotkey.String(), ServiceKey: k.service.Public()}
			rand.Read(b.Challenge[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
			return tryOut(cmd, a, b, verifiers)
		},
	}
	miner.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&from.roots, "roots", "", "file of the certificates (PEM) below which the vendor certifies devices, to verify the evidence")
	cmd.Flags().StringVar(&from.serviceRoots, "service-roots", "", "file of the certificates (PEM) below which the vendor's service is certified, to verify the evidence")
	cmd.Flags().StringVar(&from.jwks, "jwks", "", "file of the keys of the vendor's service, a JSON Web Key Set, to verify the evidence")
	addOutput(cmd)
	return cmd
}

func tryOut(cmd *cobra.Command, a miner.Attestor, b attest.Binding, verifiers attest.Verifiers) error {
	began := time.Now()
	e, err := a.Attest(cmd.Context(), b.Nonce())
	if err != nil {
		return err
	}
	took := time.Since(began)
	if verifiers == nil {
		return answer(cmd, e, func(w io.Writer) error {
			fmt.Fprintf(cmd.ErrOrStderr(), "%d bytes of kind %s in %s, not verified: give --roots, --service-roots or --jwks\n", len(e.Document), e.Kind, took.Round(time.Millisecond))
			return json.NewEncoder(w).Encode(e)
		})
	}
	r, err := verifiers.Verify(e, b, time.Now())
	if err != nil {
		return fmt.Errorf("the hardware answered in %s, and no validator with these roots would accept it: %w", took.Round(time.Millisecond), err)
	}
	return answer(cmd, r, func(w io.Writer) error {
		fmt.Fprintf(w, "%s: good until %s, made in %s\n", r.Kind, r.Until.UTC().Format(time.RFC3339), took.Round(time.Millisecond))
		for _, d := range r.Devices {
			fmt.Fprintf(w, "  %s  %s\n", d.ID, d.Model)
		}
		return nil
	})
}

// sources are the files that evidence is verified against.
type sources struct{ roots, serviceRoots, jwks string }

// verifiers are nil where there is nothing to verify against.
func (f sources) verifiers() (attest.Verifiers, error) {
	if f == (sources{}) {
		return nil, nil
	}
	var s attest.Sources
	for _, file := range []struct {
		path string
		to   *[]byte
	}{{f.roots, &s.DeviceRoots}, {f.serviceRoots, &s.ServiceRoots}, {f.jwks, &s.ServiceKeys}} {
		if file.path == "" {
			continue
		}
		raw, err := os.ReadFile(file.path)
		if err != nil {
			return nil, err
		}
		*file.to = raw
	}
	return attest.NewVerifiers(s)
}
