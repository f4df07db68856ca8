// What happens on the errand, in order; each step says what it found, and fails where that isn't as it must be.
internal import Commands
internal import Console
internal import Processes

extension DemoErrand {
    private static let sku = "SHOE-42"
    private static let shortlist = [sku, "SHOE-43", "BOOT-40"]
    private static let prices = #"{"version": 1, "validFrom": 0, "prices": {"SHOE-42": {"price": "89.90 EUR", "tags": ["shoes"]}, "SHOE-43": {"price": "89.90 EUR", "tags": ["shoes"]}, "BOOT-40": {"price": "119.00 EUR"}}}"#
    private static let promotions = #"{"version": 1, "validFrom": 0, "promotions": [{"id": "P10", "percent": 10, "tags": ["shoes"]}]}"#
    /// 89.90 EUR less 10 %.
    private static let total = Int64(8_091)
    private static let units = Int64(3)

    func shopAtHome() throws {
        try ask(till, "stock", "receive", DemoErrand.sku, "\(DemoErrand.units)")
        try expect("what S1 has", try ask(till, "stock", "show", DemoErrand.sku)["available"]?.number, DemoErrand.units)
        say("errand: S1, a store with a hub of its own, has \(DemoErrand.units) of \(DemoErrand.sku)")
        for sku in DemoErrand.shortlist {
            try ask(web, "cart", "add", sku)
            try ask(web, "cart", "save", sku)
        }
        try ask(web, "cart", "remove", "BOOT-40")
        try ask(web, "sign-in", DemoErrand.person)
        try waitFor("what the guest had is in the account's cart") { try ask(web, "cart", "show")["saved"]?.items?.count == 2 }
        try ask(web, "cart", "restore", DemoErrand.sku)
        try ask(web, "sync")
        try expectCart(on: web)
        web.wait()
        say("errand: web: a guest's shortlist of three, BOOT-40 removed; signed in, and it is the account's; \(DemoErrand.sku) into the cart; the laptop is closed")
    }

    func goOnWithThePhone() throws {
        try ask(phone, "sign-in", DemoErrand.person)
        try waitFor("the phone has the cart that the laptop left") { try ask(phone, "cart", "show")["lines"]?.items?.isEmpty == false }
        try expectCart(on: phone)
        say("errand: phone: the same cart")
        for (kind, text) in [("prices", DemoErrand.prices), ("promotions", DemoErrand.promotions)] {
            try Files.write(Array(text.utf8), to: "\(folder)/\(kind).json")
            try ask(office, kind, "publish", "\(folder)/\(kind).json")
        }
        try waitFor("the phone shows a price") { try ask(phone, "cart", "show")["total"]?["minor"] != nil }
        report.total = try ask(phone, "cart", "show")["total"]?["minor"]?.number ?? 0
        try expect("the total on the phone, in cents", report.total, DemoErrand.total)
        say("errand: books published: \(DemoErrand.sku) 89.90 EUR, promotion P10 of 10 %: 80.91 EUR on the phone")
    }

    private func expectCart(on device: DeviceProcess) throws {
        let cart = try ask(device, "cart", "show")
        func lines(_ key: String) -> [String] { (cart[key]?.items ?? []).map { "\($0["sku"]?.text ?? "") x\($0["quantity"]?.number ?? 0)" } }
        try expect("the cart on the \(device.name)", lines("lines"), ["\(DemoErrand.sku) x1"])
        try expect("the shortlist on the \(device.name)", lines("saved"), ["SHOE-43 x1"])
    }

    // MARK: The order

    private func place() throws -> JSON {
        report.asked += 1
        return try ask(phone, "order", "place", "--intent", "errand", "--store", DemoErrand.store, "--try-on", "--pay", "in-store")
    }

    func placeOnce() throws {
        // What it asks is heard, and the answer isn't.
        proxy.deafen(phone.name)
        try expect("the order, with no answer", try place()["status"]?.text, "queued")
        try waitFor("the desk has the order") { try ask(desk, "order", "list").items?.count == 1 }
        try ask(phone, "offline")
        say("errand: phone: try at \(DemoErrand.store) and pay there: ordered, and offline before the answer came")
        try ask(phone, "online")
        for _ in 0..<3 {
            let answer = try place()
            try expect("the order, asked again", answer["status"]?.text, "placed")
            if report.number.isEmpty { report.number = answer["number"]?.text ?? "" }
            try expect("its number", answer["number"]?.text, report.number)
        }
        try expect("what the desk has", try ask(desk, "order", "list").items?.compactMap { $0["number"]?.text }, [report.number])
        try waitFor("the phone sees the order at the store") { try shownOnPhone() == "routed" }
        say("errand: phone: asked again 3 times: order \(report.number), the same each time")
    }

    private func shownOnPhone() throws -> String? { try ask(phone, "order", "list").items?.first?["fulfilment"]?.text }

    // MARK: The store

    func pickUpWithTheLineCut() throws {
        proxy.setCut(storeHub.name, true)
        say("errand: the line of \(DemoErrand.store)'s hub is cut")
        try expect("the order at the desk", try ask(desk, "order", "present", report.number)["status"]?.text, "presented")
        say("errand: desk: \(report.number) typed in, presented")
        try expect("the order at the till", try ask(till, "order", "pay", report.number)["status"]?.text, "handed-over")
        let order = try ask(till, "order", "show", report.number)
        report.paid = order["paid"]?.number ?? 0
        try expect("what was paid, in cents", report.paid, DemoErrand.total)
        try expect("the payment", order["payment"]?.text, "captured")
        try expect("a second payment", try refusal(till, "order", "pay", report.number), "used")
        say("errand: till: 80.91 EUR paid")
        try expect("the order on the phone, with the line cut", try shownOnPhone(), "routed")
        proxy.setCut(storeHub.name, false)
        say("errand: the line is back")
        try waitFor("the phone shows that the order was picked up") { try shownOnPhone() == "handed-over" }
        report.fulfilment = try shownOnPhone() ?? ""
        say("errand: phone: picked up, without being asked")
    }

    func compareTheEnd() throws {
        let shelf = try ask(till, "stock", "show", DemoErrand.sku)
        report.onHand = (shelf["received"]?.number ?? 0) - (shelf["sold"]?.number ?? 0)
        report.held = shelf["held"]?.number ?? -1
        try expect("what is on hand", report.onHand, DemoErrand.units - 1)
        try expect("what is held", report.held, 0)
        try expect("what may be sold", shelf["available"]?.number, DemoErrand.units - 1)
        for device in [phone, desk, office] {
            try waitFor("the \(device.name) has the order as it ended") { try ask(device, "order", "list").items?.first?["payment"]?.text == "captured" }
            let orders = try ask(device, "order", "list").items ?? []
            report.orders = orders.count
            report.payments = orders.flatMap { $0["facts"]?.items ?? [] }.count { $0["what"]?.text == "payment-captured" }
            try expect("orders on the \(device.name)", report.orders, 1)
            try expect("payments on the \(device.name)", report.payments, 1)
            try expect("what was paid, on the \(device.name)", orders.first?["paid"]?.number, DemoErrand.total)
        }
        let cart = try ask(phone, "cart", "show")
        try expect("lines in the cart", cart["lines"]?.items?.count, 0)
        try expect("the open cart", cart["id"]?.text, "cart/2")
        report.cart = "closed"
        say("errand: \(report.onHand) on hand, \(report.held) held; one order, one payment; the cart is closed")
    }
}
