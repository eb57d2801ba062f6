// Nodes that are loaded page by page: one level of the tree, or what a search
// found. Knows nothing of the page.

const most = 10000;

export class Level {
  /** `fetch(after)` gives a page; `keyOf(node)` is what the next one is after. */
  constructor(fetch, keyOf) {
    this.fetch = fetch;
    this.keyOf = keyOf;
    this.nodes = null;
    this.hasMore = false;
    this.busy = false;
    this.failed = false;
  }

  /** Loads the next page; false if one is on its way. */
  async more() {
    return this.once(async () => {
      const last = this.nodes?.at(-1);
      const page = await this.fetch(last ? this.keyOf(last) : '');
      this.nodes = [...this.nodes ?? [], ...page.nodes];
      this.hasMore = page.full;
    });
  }

  /** Loads anew what is there. */
  async refresh() {
    return this.once(async () => {
      const wanted = Math.min(this.nodes?.length ?? 0, most);
      const nodes = [];
      let page;
      do {
        page = await this.fetch(nodes.length ? this.keyOf(nodes.at(-1)) : '');
        nodes.push(...page.nodes);
      } while (page.full && nodes.length < wanted);
      this.nodes = nodes;
      this.hasMore = page.full;
    });
  }

  async once(work) {
    if (this.busy)
      return false;
    this.busy = true;
    try {
      await work();
      this.failed = false;
    } catch (error) {
      this.failed = true;
      throw error;
    } finally {
      this.busy = false;
    }
    return true;
  }
}
