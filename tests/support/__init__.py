"""What tests share: a throwaway home, real repositories, the oracle, and a driver of the product."""
