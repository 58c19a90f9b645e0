package velociraptor

// huntID returns the id of the hunt that was exported, or "" where the archive is not about a hunt.
func (m *members) huntID(c *container) (string, error) {
	if c.huntInfo == nil {
		return "", nil
	}
	var hunt huntInfo
	err := m.decode(c.huntInfo, &hunt)
	return hunt.HuntID, err
}
