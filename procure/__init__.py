"""Procure: government purchase of social services (政府购买服务), from catalogue to payment."""
