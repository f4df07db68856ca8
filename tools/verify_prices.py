"""Prices by Protocol/prices.md, written from that text with Python's own fractions: no line of Swift, and none of its shortcuts."""
from fractions import Fraction
from math import floor


class Refused(Exception):
    pass


def raw(text):
    return text.encode()


def half_up(number):
    return floor(number + Fraction(1, 2))


def in_effect(books, scope, moment):
    own = [book for book in books if book["scope"] == scope and book["validFrom"] <= moment]
    return max(own, key=lambda book: book["version"]) if own else None


def spread(amount, weights):
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    shares = [floor(part) for part in exact]
    by_fraction = sorted(range(len(weights)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_fraction[:amount - sum(shares)]:
        shares[index] += 1
    return shares


class Line:
    def __init__(self, given, context):
        self.name, self.sku, self.quantity = given["line"], given["sku"], given["quantity"]
        self.store = given.get("store") or context.get("store")
        self.list = self.book = self.quote = None
        self.tags, self.groups, self.quoted, self.held, self.exclusive = [], [], False, False, None

    @property
    def scopes(self):
        return ([f"store:{self.store}"] if self.store else []) + ["tenant"]

    @property
    def due(self):
        return self.unit * self.quantity - sum(amount for _, amount in self.groups)

    def price(self, promotions):
        price = Fraction(self.list)
        for promotion in promotions:
            if promotion["kind"] == "percentage":
                price *= Fraction(10_000 - promotion["basisPoints"], 10_000)
            else:
                price = max(Fraction(0), price - promotion["amount"]["minor"])
        return price


class Cart:
    def __init__(self, case, moment):
        context = self.context = case["context"]
        self.moment = moment
        self.lines = sorted((Line(line, context) for line in case["lines"]), key=lambda line: raw(line.name))
        stores = {line.store for line in self.lines} | {context.get("store")}
        self.scopes = sorted(["tenant"] + [f"store:{store}" for store in stores if store], key=raw)
        self.price_books = {scope: in_effect(case["prices"], scope, moment) for scope in self.scopes}
        self.promotion_books = {scope: in_effect(case["promotions"], scope, moment) for scope in self.scopes}
        if len({line.name for line in self.lines}) < len(self.lines):
            raise Refused("invalid-value")
        if any(not 1 <= line.quantity <= 1_000_000 for line in self.lines):
            raise Refused("invalid-quantity")
        self.find_prices()
        self.select()

    def find_prices(self):
        currencies, bound = [], 0
        for line in self.lines:
            line.quote = next((quote for quote in self.context.get("quotes", []) if quote["line"] == line.name), None)
            line.valid = line.quote is not None and self.moment < line.quote["validUntil"]
            books = [self.price_books[scope] for scope in line.scopes if self.price_books[scope]]
            book = next((book for book in books if line.sku in book["prices"]), None)
            line.in_book = book is not None
            if book:
                line.list, line.tags = book["prices"][line.sku]["unit"], book["prices"][line.sku].get("tags", [])
                currencies.append(book["currency"])
            elif line.valid:
                line.list = line.quote["list"]
            elif books:
                raise Refused("unknown-sku")
            else:
                continue
            if line.quote:
                currencies.append(line.quote["currency"])
            if len(set(currencies)) > 1:
                raise Refused("currency-mismatch")
            bound += max(line.list, line.quote["list"] if line.quote else 0) * line.quantity
            if bound >= 2 ** 63:
                raise Refused("too-large")
        if not self.lines:
            own = [self.context.get("store") and self.price_books[f"store:{self.context['store']}"], self.price_books["tenant"]]
            currencies = [book["currency"] for book in own if book][:1]
        self.currency = currencies[0] if currencies else None

    def holds(self, promotion):
        money = promotion.get("amount") or promotion.get("from") or promotion.get("price")
        return (promotion.get("validFrom", -1) <= self.moment < promotion.get("validUntil", 2 ** 63)
                and self.context["channel"] in promotion.get("channels", [self.context["channel"]])
                and (not promotion.get("voucher") or promotion["voucher"]["code"] in self.context.get("vouchers", []))
                and (not money or money["currency"] == self.currency))

    def select(self):
        self.offers = []
        for scope in self.scopes:
            for promotion in (self.promotion_books[scope] or {"promotions": []})["promotions"]:
                if self.holds(promotion):
                    self.offers.append((promotion, scope, [line for line in self.lines if self.selects(promotion, scope, line)]))
        self.offers.sort(key=lambda offer: (offer[0].get("priority", 0), raw(offer[0]["id"]), raw(offer[1])))

    def selects(self, promotion, scope, line):
        if line.list is None or scope not in line.scopes:
            return False
        if promotion.get("stores") and line.store not in promotion["stores"]:
            return False
        own = self.promotion_books[line.scopes[0]]
        if scope != line.scopes[0] and own and any(other["id"] == promotion["id"] for other in own["promotions"]):
            return False
        if promotion["kind"] == "bundle":
            return line.sku in promotion["items"]
        skus, tags = promotion.get("skus", []), promotion.get("tags", [])
        return not skus and not tags or line.sku in skus or any(tag in tags for tag in line.tags)

    def of_units(self):
        for line in self.lines:
            if line.list is None:
                continue
            own = [promotion for promotion, _, lines in self.offers if line in lines and promotion["kind"] in ("percentage", "amount-off")]
            line.stacked = [promotion for promotion in own if promotion["stacking"] == "stackable"][:5]
            exclusive = [promotion for promotion in own if promotion["stacking"] == "exclusive" and line.price([promotion]) < line.list]
            line.exclusive = min(exclusive, key=lambda promotion: line.price([promotion]), default=None)
            line.base = half_up(line.price(line.stacked))
            line.best = half_up(line.price(([line.exclusive] if line.exclusive else []) + line.stacked))
            if not line.in_book:
                line.base = line.best = line.quote["unit"]
                line.quoted = True
            elif line.valid and line.quote["unit"] < line.best:
                line.best, line.quoted = line.quote["unit"], True
            line.unit, line.free = line.best, line.quantity

    def group(self, promotion, seen):
        """seen: (line, unit price, free units, still to pay). Returns [(line, off, counted)]."""
        if promotion["kind"] == "buy-get":
            groups = sum(free for _, _, free, _ in seen) // (promotion["buy"] + promotion["free"])
            gratis, paid, parts = groups * promotion["free"], groups * promotion["buy"], []
            for line, unit, free, _ in sorted(seen, key=lambda item: (item[1], raw(item[0].name))):
                off = min(free, gratis)
                counted = off + min(free - off, paid)
                gratis, paid = gratis - off, paid - (counted - off)
                if counted:
                    parts.append((line, off * unit, counted))
            return parts
        if promotion["kind"] == "threshold":
            due = sum(item[3] for item in seen)
            if due < promotion["from"]["minor"]:
                return []
            off = min(promotion["amount"]["minor"], due) if promotion.get("amount") else due - half_up(Fraction(due * (10_000 - promotion["basisPoints"]), 10_000))
            return [(item[0], share, 0) for item, share in zip(seen, spread(off, [item[3] for item in seen]))] if due else []
        times = min(sum(free for line, _, free, _ in seen if line.sku == sku) // count for sku, count in promotion["items"].items())
        taken = []
        for sku, count in promotion["items"].items():
            needed = times * count
            for line, unit, free, _ in sorted((item for item in seen if item[0].sku == sku), key=lambda item: (-item[1], raw(item[0].name))):
                units = min(needed, free)
                needed -= units
                if units:
                    taken.append((line, units, units * unit))
        taken.sort(key=lambda item: raw(item[0].name))
        off = sum(worth for _, _, worth in taken) - times * promotion["price"]["minor"]
        if off <= 0:
            return []
        return [(line, share, units) for (line, units, _), share in zip(taken, spread(off, [worth for _, _, worth in taken]))]

    def of_groups(self):
        groups = [offer for offer in self.offers if offer[0]["kind"] not in ("percentage", "amount-off")]
        exclusive = [offer for offer in groups if offer[0]["stacking"] == "exclusive"]
        while True:
            best, winner = 0, None
            for offer in exclusive:
                parts = self.group(offer[0], [(line, line.base, line.quantity, line.base * line.quantity) for line in offer[2] if not line.held])
                off = sum(part[1] for part in parts)
                gain = off - sum((line.base - line.best) * line.quantity for line, _, _ in parts)
                if off and gain > best:
                    best, winner = gain, (offer, parts)
            if not winner:
                break
            exclusive = [offer for offer in exclusive if offer is not winner[0]]
            for line, off, _ in winner[1]:
                line.held, line.unit, line.exclusive = True, line.base, None
                line.quoted = not line.in_book
                line.groups.append((winner[0][0], off))
        for thresholds in (False, True):
            for promotion, _, lines in groups:
                if promotion["stacking"] != "stackable" or (promotion["kind"] == "threshold") != thresholds:
                    continue
                parts = self.group(promotion, [(line, line.unit, line.free, line.due) for line in lines if thresholds or not line.held])
                for line, off, counted in parts if sum(part[1] for part in parts) else []:
                    line.free -= counted
                    line.groups.append((promotion, off))

    def honour(self):
        for line in self.lines:
            if line.list is not None and line.held and line.valid and line.quote["unit"] * line.quantity < line.due:
                line.quoted, line.unit, line.groups = True, line.quote["unit"], []

    def said(self, line):
        result = {"line": line.name, "sku": line.sku, "quantity": line.quantity, "list": None, "unit": None, "total": None, "discounts": []}
        if line.store:
            result["store"] = line.store
        if line.list is None:
            return result
        if line.quoted:
            discounts = [dict(discount, amount=discount["unit"] * line.quantity) for discount in line.quote["discounts"]]
        else:
            discounts, acting = [], ([line.exclusive] if line.exclusive else []) + line.stacked
            for count, promotion in enumerate(acting):
                unit = half_up(line.price(acting[:count])) - half_up(line.price(acting[:count + 1]))
                if unit:
                    discounts.append(dict(discount(promotion, unit * line.quantity), unit=unit))
        discounts += [discount(promotion, off) for promotion, off in line.groups if off]
        result.update(list=line.quote["list"] if line.quoted else line.list, unit=line.unit, total=line.due, discounts=discounts)
        if line.quote:
            quoted = line.quote["unit"] * line.quantity
            result["quote"] = "honoured" if line.quoted else "now" if line.due <= quoted else {"ask": line.quote["unit"]}
        return result

    def totals(self):
        self.of_units()
        self.of_groups()
        self.honour()
        lines = [self.said(line) for line in self.lines]
        sums = [line["total"] for line in lines]
        versions = [[{"scope": scope, "version": books[scope]["version"]} for scope in self.scopes if books[scope]] for books in (self.price_books, self.promotion_books)]
        codes = {off["voucher"] for line in lines for off in line["discounts"] if "voucher" in off}
        return {"currency": self.currency, "lines": lines, "total": None if None in sums or self.currency is None else sum(sums), "prices": versions[0], "promotions": versions[1],
                "vouchers": sorted(codes, key=raw), "uncertain": False}


def discount(promotion, amount):
    result = {"promotion": promotion["id"], "text": promotion["text"], "amount": amount}
    return dict(result, voucher=promotion["voucher"]["code"]) if promotion.get("voucher") else result


def moments(case):
    now = case["context"]["now"]
    if isinstance(now, int):
        return [now]
    scopes = {"tenant"} | {f"store:{line.get('store') or case['context'].get('store')}" for line in case["lines"]} | {f"store:{case['context'].get('store')}"}
    times = {quote["validUntil"] for quote in case["context"].get("quotes", []) if any(line["line"] == quote["line"] for line in case["lines"])}
    for book in case["prices"] + case["promotions"]:
        if book["scope"] in scopes:
            times.add(book["validFrom"])
            times |= {promotion[key] for promotion in book.get("promotions", []) for key in ("validFrom", "validUntil") if key in promotion}
    return sorted({now[0]} | {time for time in times if now[0] <= time <= now[1]})


def price(case):
    """The totals, or the code of what is refused."""
    found, problem = [], None
    for moment in moments(case):
        try:
            found.append(Cart(case, moment).totals())
        except Refused as refused:
            problem = str(refused)
    if not found:
        return problem
    best = min(reversed(found), key=lambda totals: (totals["total"] is None, totals["total"] or 0))
    differs = any((other["total"], other["lines"]) != (best["total"], best["lines"]) for other in found)
    return dict(best, uncertain=problem is not None or differs)


def as_value(item):
    """As the values of verify-vectors: fields ascending by key."""
    if isinstance(item, dict):
        return {"fields": [[key, as_value(item[key])] for key in sorted(item, key=raw)]}
    return [as_value(part) for part in item] if isinstance(item, list) else item


def verify(case, writer):
    made = price(case)
    if "error" in case:
        assert made == case["error"], f"{made}, not {case['error']}"
        return
    assert made == case["totals"], f"it comes to {made}, not {case['totals']}"
    writer.value(as_value(made))
    assert bytes(writer.out).hex() == case["bytes"], "it encodes to other bytes"
