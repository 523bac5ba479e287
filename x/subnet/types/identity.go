package types

// Validate reports the first field out of bounds, as ErrInvalidIdentity.
func (i SubnetIdentity) Validate() error {
	return checkIdentity(i.Name, i.Description, i.Url, i.Contact)
}

// Validate reports the first field out of bounds, as ErrInvalidIdentity, or ErrInvalidAddress.
func (i Identity) Validate() error {
	if _, err := ParseAddress("address", i.Address); err != nil {
		return err
	}
	return checkIdentity(i.Name, i.Description, i.Url, i.Contact)
}

func checkIdentity(name, description, url, contact string) error {
	if err := checkText(ErrInvalidIdentity, "name", name, 1, MaxName, false); err != nil {
		return err
	}
	if err := checkText(ErrInvalidIdentity, "description", description, 0, MaxDescription, true); err != nil {
		return err
	}
	if err := checkSite(ErrInvalidIdentity, "url", url); err != nil {
		return err
	}
	return checkText(ErrInvalidIdentity, "contact", contact, 0, MaxContact, false)
}
