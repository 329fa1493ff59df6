"""What does a trained model say of new rows?"""
