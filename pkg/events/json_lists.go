package events

// parseMetrics reads an array of texts whose source is well-formed.
func (d *draft) parseMetrics(source string) {
	s := scanner{text: source}
	if !s.take('[') {
		d.blame(fieldMetrics, shorten(source), "is not "+expected[shapeTexts])
		return
	}
	for first := true; !d.blamed(fieldMetrics); first = false {
		more, _ := s.element(first)
		if !more {
			return
		}
		element, _ := s.value(1)
		if element[0] != '"' {
			d.blame(fieldMetrics, shorten(source), "is not "+expected[shapeTexts])
			return
		}
		d.keepMetric(d.parseText(fieldMetrics, element))
	}
}

// parseItems reads an array whose source is well-formed.
func (d *draft) parseItems(source string) {
	s := scanner{text: source}
	if !s.take('[') {
		d.blame(fieldItems, shorten(source), "is not "+expected[shapeItems])
		return
	}
	for index := 0; ; index++ {
		more, _ := s.element(index == 0)
		if !more {
			return
		}
		element, _ := s.value(1)
		if element[0] != '{' {
			d.blame(fieldItems, shorten(element), "is not an object")
			return
		}
		d.parseItem(element, index)
	}
}

func (d *draft) parseItem(source string, index int) {
	var item Item
	need := setOf(fieldItemID, fieldProductLine, fieldQuantity)
	s := scanner{text: source, pos: 1}
	var seen fieldSet
	for first := true; ; first = false {
		name, _ := s.member(first)
		if name == "" {
			break
		}
		value, _ := s.value(1)
		text, _ := unquote(name)
		f := itemFieldOf(text)
		if f == numFields {
			continue
		}
		if seen.has(f) {
			d.blameItem(index, f, shorten(value), "is given twice")
		}
		seen |= setOf(f)
		if value != "null" {
			d.parseItemField(&item, index, f, value)
			need &^= setOf(f)
		}
	}
	d.keepItem(index, item, need)
}

// itemFieldOf finds a field of an item, numFields for an unknown one.
func itemFieldOf(name string) field {
	switch name {
	case "item_id":
		return fieldItemID
	case "product_line":
		return fieldProductLine
	case "quantity":
		return fieldQuantity
	}
	return numFields
}

func (d *draft) parseItemField(item *Item, index int, f field, source string) {
	var ok bool
	switch {
	case f == fieldQuantity:
		item.Quantity, ok = parseNumber(source)
	case source[0] != '"':
	case f == fieldItemID:
		item.ItemID, ok = unquote(source)
	default:
		item.ProductLine, ok = unquote(source)
	}
	if !ok {
		d.blameItem(index, f, shorten(source), "is not "+expected[shapes[f]])
	}
}
