package types

import (
	"slices"
	"strings"

	errorsmod "cosmossdk.io/errors"
)

const (
	// licenceRef starts the name of a licence that is not on SPDX's list, as SPDX writes it.
	licenceRef = "LicenseRef-"
	maxLicence = 64
)

// licences are the identifiers of SPDX's list that models, code and data are published under, ascending. One that is missing is added by
// an upgrade, since every node must agree on them; until then it is written as a LicenseRef.
var licences = []string{
	"0BSD", "AFL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Clear",
	"BSL-1.0", "BUSL-1.1", "C-UDA-1.0", "CC-BY-2.0", "CC-BY-2.5", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-NC-2.0", "CC-BY-NC-3.0", "CC-BY-NC-4.0",
	"CC-BY-NC-ND-4.0", "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC0-1.0", "CDLA-Permissive-1.0",
	"CDLA-Permissive-2.0", "CDLA-Sharing-1.0", "ECL-2.0", "EPL-2.0", "EUPL-1.2", "GFDL-1.3-or-later", "GPL-2.0-only", "GPL-2.0-or-later",
	"GPL-3.0-only", "GPL-3.0-or-later", "ISC", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "LPPL-1.3c", "MIT",
	"MIT-0", "MPL-2.0", "MS-PL", "NCSA", "ODC-By-1.0", "ODbL-1.0", "OFL-1.1", "OSL-3.0", "PDDL-1.0", "PostgreSQL", "Unlicense", "WTFPL", "Zlib",
}

// CheckLicence accepts an identifier of the list above, or LicenseRef- and 1 to 53 of a-z, A-Z, 0-9, '.' and '-'. Errors: ErrInvalidLicence.
func CheckLicence(licence string) error {
	if _, known := slices.BinarySearch(licences, licence); known {
		return nil
	}
	name, ok := strings.CutPrefix(licence, licenceRef)
	ok = ok && name != "" && len(licence) <= maxLicence
	for i := range len(name) {
		c := name[i]
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-')
	}
	if !ok {
		return errorsmod.Wrapf(ErrInvalidLicence, "licence is %.*q, want an identifier of SPDX such as Apache-2.0 or MIT; write another one as %s and its name, such as %sllama3",
			2*maxLicence, licence, licenceRef, licenceRef)
	}
	return nil
}
